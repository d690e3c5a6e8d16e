import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import { isPostgres } from '../transaction.ts';

/** `enter` for many in one round trip, each in a transaction of its own: none waits with a seat in hand for another. */
export async function enterEach(db: Kysely<unknown>): Promise<void> {
  if (!isPostgres(db as Kysely<Database>)) return;
  await sql`
    create procedure "enterEach"(asked json, now bigint, inout answers json) language plpgsql as $$
    declare
      one record;
      answer json;
      given json[] := '{}';
    begin
      for n in 0 .. json_array_length(asked) - 1 loop
        select * into one from json_to_record(asked -> n) as one(
          "byName" boolean, which text, identity text, "userId" text, name text, "expiresAt" bigint
        );
        select json_build_object('moderates', moderates, 'room', room) into answer from enter(
          one."byName", one.which, one.identity, one."userId", one.name, one."expiresAt", now, true
        );
        given := given || answer;
        commit;
      end loop;
      answers := array_to_json(given);
    end $$`.execute(db);
}
