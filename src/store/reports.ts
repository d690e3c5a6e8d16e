/**
 * What LiveKit says of sessions. Whatever is known by then or told later, in any order and however often, ends up the
 * same: each report bounds the time at which a session was over, and the earliest bound holds.
 *
 * Many reports take as many statements as one, so that deliveries can be kept together.
 */
import type { Kysely } from 'kysely';
import { heard, type RoomEnding, type SessionChange, tellOfSessions } from './news.ts';
import type { Database, NewSession } from './schema.ts';
import { asJson, rowsOf, run } from './statements.ts';
import { isPostgres, oneAtATime } from './transaction.ts';

/** One participant's connection. */
export type SessionFact = Omit<NewSession, 'leftAt' | 'kind'> & {
  /** `standard` where nothing is said. */
  kind?: string;
};

/** A connection, and when it ended; null: nothing is said of an end. */
export type SessionReport = SessionFact & { leftAt: number | null };

/** LiveKit closed a room: everyone in that instance of it is gone, and nobody can join it any more. */
export interface EndingReport {
  roomId: string;
  roomSid: string;
  endedAt: number;
}

export interface Reports {
  sessions: readonly SessionReport[];
  endings: readonly EndingReport[];
}

/** Reports of one room bound each other: what one writes, the next has to read. */
export function sessionsOf(roomId: string): string {
  return `sessions of ${roomId}`;
}

/** Records `reports`, in a transaction. @returns how many of the sessions nobody had told of */
export async function record(tx: Kysely<Database>, { sessions, endings }: Reports): Promise<number> {
  const rooms = [...sessions, ...endings].map(({ roomId }) => sessionsOf(roomId));
  await oneAtATime(tx, ...new Set(rooms));
  const ended = earliest(
    endings,
    ({ roomSid }) => roomSid,
    ({ endedAt }) => endedAt,
  );
  const told = earliest(
    sessions,
    ({ sid }) => sid,
    ({ leftAt }) => leftAt,
  );
  if (isPostgres(tx)) await run(tx, byIndex, []);
  const over = ended.length > 0 ? await run<RoomEnding>(tx, noteEndings(tx), [asJson(ended)]) : undefined;
  const { rows: added } = await run<SessionChange>(tx, addSessions(tx), [asJson(told)]);
  const { rows: left } = await run<SessionChange>(tx, boundSessions(tx), [asJson(told), asJson(ended)]);
  await tellOfSessions(tx, { came: added, left, ended: over?.rows ?? [] });
  if (added.length > 0) await run(tx, endAdmissions(tx), [asJson(added)]);
  return added.length;
}

/** Of those with the same key the one with the earliest time, if any has one. */
function earliest<T>(
  reports: readonly T[],
  keyOf: (report: T) => string,
  timeOf: (report: T) => number | null,
): T[] {
  const timed = (report: T) => timeOf(report) ?? Number.POSITIVE_INFINITY;
  const found = new Map<string, T>();
  for (const report of reports) {
    const known = found.get(keyOf(report));
    if (known === undefined || timed(report) < timed(known)) found.set(keyOf(report), report);
  }
  return [...found.values()];
}

const sessionColumns = {
  sid: 'text',
  roomId: 'text',
  roomSid: 'text',
  identity: 'text',
  name: 'text',
  kind: 'text',
  joinedAt: 'bigint',
  leftAt: 'bigint',
} as const;
const endingColumns = { roomSid: 'text', endedAt: 'bigint' } as const;

/**
 * PostgreSQL can't tell how few reports there are, and would rather read all sessions than look up those of a hundred. Holds
 * until the transaction's end.
 */
const byIndex = `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;

const noteEndings = (db: Kysely<Database>) => `
  with ended as (${rowsOf(db, '$1', endingColumns)})
  insert into "roomEndings" ("roomSid", "endedAt") select "roomSid", "endedAt" from ended where true
  on conflict ("roomSid") do update set "endedAt" = excluded."endedAt"
  where "roomEndings"."endedAt" > excluded."endedAt" returning "roomSid", ${heard('room.ended')}`;

const addSessions = (db: Kysely<Database>) => `
  with told as (${rowsOf(db, '$1', sessionColumns)})
  insert into sessions (sid, "roomId", "roomSid", identity, name, kind, "joinedAt", "leftAt")
  select sid, "roomId", "roomSid", identity, name, coalesce(kind, 'standard'), "joinedAt", null from told where true
  on conflict (sid) do nothing returning sid, ${heard('participant.joined')}`;

/**
 * A session was over by when LiveKit says that it was, by the end of its room, and by when the same identity joined the
 * same room again: LiveKit has an identity in a room once, and who joins again takes the place of who was there.
 */
const boundSessions = (db: Kysely<Database>) => `
  with told as (${rowsOf(db, '$1', sessionColumns)}),
  ended as (${rowsOf(db, '$2', endingColumns)}),
  touched as (
    select s.sid, s."roomId", s."roomSid", s.identity, s."joinedAt" from sessions s join told
    on s."roomId" = told."roomId" and s.identity = told.identity
    where s."leftAt" is null or s."leftAt" >= told."joinedAt"
    union
    select s.sid, s."roomId", s."roomSid", s.identity, s."joinedAt" from sessions s join ended
    on s."roomSid" = ended."roomSid"
    where s."leftAt" is null or s."leftAt" > ended."endedAt"
  ),
  bounds as (
    select touched.sid, told."leftAt" as at from touched join told on told.sid = touched.sid
    union all
    select touched.sid, e."endedAt" from touched join "roomEndings" e on e."roomSid" = touched."roomSid"
    union all
    select touched.sid, next."joinedAt" from touched join sessions next
    on next."roomId" = touched."roomId" and next.identity = touched.identity
    and next."joinedAt" > touched."joinedAt"
  ),
  earliest as (select sid, min(at) as at from bounds group by sid)
  update sessions set "leftAt" = earliest.at from earliest
  where earliest.sid = sessions.sid and earliest.at is not null
  and (sessions."leftAt" is null or sessions."leftAt" > earliest.at)
  returning sessions.sid, ${heard('participant.left')}`;

/** Who has come in has used the seat that was kept for them. */
const endAdmissions = (db: Kysely<Database>) => `
  with added as (${rowsOf(db, '$1', { sid: 'text' })})
  delete from admissions where ("roomId", identity) in (
    select s."roomId", s.identity from sessions s join added on added.sid = s.sid where s."leftAt" is null
  )`;
