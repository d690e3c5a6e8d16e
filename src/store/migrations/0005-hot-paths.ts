import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import { isPostgres } from '../transaction.ts';

/** What kind of participant a session is, indexes for lookups by name and instance, and seats in one round trip. */
export async function hotPaths(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('sessions')
    .addColumn('kind', 'text', (column) => column.notNull().defaultTo('standard'))
    .execute();
  await db.schema.createIndex('roomsByName').on('rooms').columns(['name', 'createdAt']).execute();
  await db.schema.createIndex('sessionsRoomSid').on('sessions').column('roomSid').execute();
  if (!isPostgres(db as Kysely<Database>)) return;
  // As a function it is one round trip, and each of its statements sees what was committed before it.
  await sql`
    create function admit(
      room text, person text, account text, shown text, until bigint, seats integer, now bigint, relaxed boolean
    ) returns bigint language plpgsql as $$
    declare
      moderates bigint;
    begin
      if relaxed then
        perform set_config('synchronous_commit', 'off', true);
      end if;
      perform pg_advisory_xact_lock(hashtextextended('seats of ' || room, 0));
      insert into admissions as mine ("roomId", identity, "userId", name, "expiresAt")
        select room, person, account, shown, until
        where exists (select 1 from rooms where id = room and state = 'active')
        and not exists (select 1 from bans where "roomId" = room and identity = person)
        and (seats = 0 or seats > (
          select count(*) from (
            select identity from sessions
            where "roomId" = room and "leftAt" is null and kind not in ('egress', 'agent')
            union
            select identity from admissions where "roomId" = room and "expiresAt" > now
          ) as taken where identity <> person
        ))
        on conflict ("roomId", identity) do update set
          "userId" = excluded."userId", name = excluded.name, "expiresAt" = excluded."expiresAt"
        returning (select count(*) from moderators where "roomId" = room and identity = person) into moderates;
      return moderates;
    end $$`.execute(db);
}
