import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import { isPostgres } from '../transaction.ts';

/** Finding the room, taking a seat in it, and what it is like, in one round trip. */
export async function enter(db: Kysely<unknown>): Promise<void> {
  if (!isPostgres(db as Kysely<Database>)) return;
  await sql`
    create function enter(
      "byName" boolean, which text, person text, account text, shown text, until bigint, now bigint, relaxed boolean
    ) returns table (moderates bigint, room text) language plpgsql as $$
    declare
      found_id text;
      seats integer;
    begin
      if "byName" then
        select r.id, r."maxParticipants" into found_id, seats from rooms r
          where r.name = which and r.state = 'active' and (r."isPublic" = 1 or r."createdBy" = person);
      else
        select r.id, r."maxParticipants" into found_id, seats from rooms r where r.id = which;
      end if;
      if found_id is null then
        return;
      end if;
      moderates := admit(found_id, person, account, shown, until, seats, now, relaxed);
      if moderates is null then
        return;
      end if;
      select row_to_json(r)::text into room from rooms r where r.id = found_id;
      return next;
    end $$`.execute(db);
}
