/**
 * Who is in which room. A seat is taken by an admission when a join token is handed out, and by a session once
 * LiveKit says that the participant is there; it is free again when both are over.
 */
import type { Kysely, UpdateResult } from 'kysely';
import { type Failure, failure } from '../core/errors.ts';
import { type Reports, record, type SessionFact, sessionsOf } from './reports.ts';
import { notOpen } from './rooms.ts';
import type { Database, SessionRow } from './schema.ts';
import { seatHolders, seatless, seatsTaken } from './seats.ts';
import { run } from './statements.ts';
import { inTransaction, isPostgres, oneAtATime } from './transaction.ts';

export interface Admission {
  roomId: string;
  identity: string;
  userId: string;
  name: string;
  /** Until when the token is good, in milliseconds since 1970. */
  expiresAt: number;
}

interface SessionKey {
  sid: string;
  roomId: string;
}

/** A session that isn't over, and the name of its room, which is all that LiveKit knows the room by. */
export interface OpenSession extends SessionKey {
  kind: string;
  roomName: string;
  roomSid: string;
}

export class Sessions {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /**
   * Takes a seat, or keeps the one that this identity has already.
   * @param seats how many there are; 0: any number
   * @returns whether they moderate the room
   * @throws Failure `room/banned`, `room/suspended`, `room/inactive`, `room/full`
   */
  async admit(admission: Admission, seats: number): Promise<{ moderates: boolean }> {
    const { roomId, identity, userId, name, expiresAt } = admission;
    const parameters = [roomId, identity, userId, name, expiresAt, seats, Date.now()];
    const { rows } = isPostgres(this.#db)
      ? // A crash of PostgreSQL's host may forget who was admitted in its last second, as one does with SQLite; LiveKit
        // tells of those who came. What else a transaction does is kept.
        await run<Admitted>(this.#db, admitOnPostgres, [...parameters, !this.#db.isTransaction])
      : await run<Admitted>(this.#db, admitOnSqlite, parameters);
    const moderates = rows[0]?.moderates ?? null;
    if (moderates === null) throw await whyNot(this.#db, admission, seats);
    return { moderates: moderates > 0 };
  }

  /** Has this identity a seat: by a token that is still good, or by being there? */
  async hasSeat(roomId: string, identity: string): Promise<boolean> {
    const seat = await this.#db
      .selectFrom(seatHolders(this.#db, roomId))
      .select('identity')
      .where('identity', '=', identity)
      .executeTakeFirst();
    return seat !== undefined;
  }

  /** How many seats of a room are taken. */
  async seatsTaken(roomId: string): Promise<number> {
    return seatsTaken(this.#db, roomId);
  }

  /** Who is there, those who came first first. */
  async presentIn(roomId: string): Promise<{ identity: string; name: string }[]> {
    return this.#db
      .selectFrom('sessions')
      .select(['identity', 'name'])
      .where('roomId', '=', roomId)
      .where('leftAt', 'is', null)
      .where('kind', 'not in', seatless)
      .orderBy('joinedAt')
      .execute();
  }

  /** How many different people are connected at the moment, whatever the room. */
  async online(): Promise<number> {
    const { online } = await this.#db
      .selectFrom('sessions')
      .select(({ fn }) => fn.count<number>('identity').distinct().as('online'))
      .where('leftAt', 'is', null)
      .where('kind', 'not in', seatless)
      .executeTakeFirstOrThrow();
    return online;
  }

  /** Gives a seat back that was taken but not used. */
  async withdraw(roomId: string, identity: string): Promise<void> {
    await this.#db
      .deleteFrom('admissions')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .execute();
  }

  /** What LiveKit says, of one session or of many. @returns how many of the sessions nobody had told of */
  async record(reports: Reports): Promise<number> {
    return inTransaction(this.#db, (tx) => record(tx, reports));
  }

  /** A participant joined. */
  async joined(fact: SessionFact): Promise<void> {
    await this.record({ sessions: [{ ...fact, leftAt: null }], endings: [] });
  }

  /** A participant is gone; that it was there is recorded too when it wasn't yet. */
  async left(fact: SessionFact, at: number): Promise<void> {
    // LiveKit tells when events happened in whole seconds, and when somebody joined in milliseconds.
    const leftAt = Math.max(at, fact.joinedAt);
    await this.record({ sessions: [{ ...fact, leftAt }], endings: [] });
  }

  /** LiveKit closed a room. */
  async roomEnded(roomId: string, roomSid: string, endedAt: number): Promise<void> {
    await this.record({ sessions: [], endings: [{ roomId, roomSid, endedAt }] });
  }

  /** Every session that isn't over. */
  async open(): Promise<OpenSession[]> {
    return this.#db
      .selectFrom('sessions')
      .innerJoin('rooms', 'rooms.id', 'sessions.roomId')
      .select([
        'sessions.sid',
        'sessions.kind',
        'sessions.roomId',
        'sessions.roomSid',
        'rooms.name as roomName',
      ])
      .where('sessions.leftAt', 'is', null)
      .execute();
  }

  /** LiveKit has these no more. @returns how many of them were still taken to be there */
  async gone(those: readonly SessionKey[], at: number): Promise<number> {
    return this.#eachSlice(those, (tx, sids) =>
      tx
        .updateTable('sessions')
        .set({ leftAt: at })
        .where('sid', 'in', sids)
        .where('leftAt', 'is', null)
        .executeTakeFirst(),
    );
  }

  /** LiveKit has these. @returns how many of them nobody had told of */
  async present(facts: readonly SessionFact[]): Promise<number> {
    let added = 0;
    for (const some of slices(facts)) {
      added += await this.record({ sessions: some.map((fact) => ({ ...fact, leftAt: null })), endings: [] });
    }
    return added;
  }

  /** Which of these are taken to be over. */
  async endedOf(sids: readonly string[]): Promise<SessionKey[]> {
    const found: SessionKey[] = [];
    for (const some of slices(sids)) {
      const rows = await this.#db
        .selectFrom('sessions')
        .select(['sid', 'roomId'])
        .where('sid', 'in', some)
        .where('leftAt', 'is not', null)
        .execute();
      found.push(...rows);
    }
    return found;
  }

  /** These were taken to be over, and are not. @param roomSid where LiveKit has them */
  async reopen(those: readonly SessionKey[], roomSid: string): Promise<void> {
    await this.#eachSlice(those, (tx, sids) =>
      tx.updateTable('sessions').set({ leftAt: null, roomSid }).where('sid', 'in', sids).executeTakeFirst(),
    );
  }

  /** Changes sessions, no more at a time than go into one statement, while nothing else is recorded of their rooms. */
  async #eachSlice(
    those: readonly SessionKey[],
    change: (tx: Kysely<Database>, sids: string[]) => Promise<UpdateResult>,
  ): Promise<number> {
    let changed = 0n;
    for (const some of slices(those)) {
      const { numUpdatedRows } = await inTransaction(this.#db, async (tx) => {
        await oneAtATime(tx, ...new Set(some.map(({ roomId }) => sessionsOf(roomId))));
        return change(
          tx,
          some.map(({ sid }) => sid),
        );
      });
      changed += numUpdatedRows;
    }
    return Number(changed);
  }

  /** The SFU ended, and with it all that began before `at`. @returns how many sessions that were */
  async allEnded(at: number): Promise<number> {
    const { numUpdatedRows } = await this.#db
      .updateTable('sessions')
      .set({ leftAt: at })
      .where('leftAt', 'is', null)
      .where('joinedAt', '<=', at)
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }

  /** The sessions of a room, the newest first. */
  async ofRoom(roomId: string, limit: number): Promise<SessionRow[]> {
    return this.#db
      .selectFrom('sessions')
      .selectAll()
      .where('roomId', '=', roomId)
      .orderBy('joinedAt', 'desc')
      .limit(limit)
      .execute();
  }

  /** How many participants and rooms are live at the moment. */
  async totals(): Promise<{ participants: number; rooms: number }> {
    return this.#db
      .selectFrom('sessions')
      .select(({ fn }) => [
        fn.countAll<number>().as('participants'),
        fn.count<number>('roomId').distinct().as('rooms'),
      ])
      .where('leftAt', 'is', null)
      .where('kind', 'not in', seatless)
      .executeTakeFirstOrThrow();
  }
}

interface Admitted {
  /** How many times the identity is among the moderators; null: it was not admitted. */
  moderates: number | null;
}

const admitOnPostgres = 'select admit($1, $2, $3, $4, $5, $6, $7, $8) as moderates';

/** One statement, and so one transaction, that has the write lock before it looks. */
const admitOnSqlite = `
  insert into admissions ("roomId", identity, "userId", name, "expiresAt") select $1, $2, $3, $4, $5
  where exists (select 1 from rooms where id = $1 and state = 'active')
  and not exists (select 1 from bans where "roomId" = $1 and identity = $2)
  and ($6 = 0 or $6 > (
    select count(*) from (
      select identity from sessions
      where "roomId" = $1 and "leftAt" is null and kind not in (${seatless.map((kind) => `'${kind}'`)})
      union
      select identity from admissions where "roomId" = $1 and "expiresAt" > $7
    ) where identity <> $2
  ))
  on conflict ("roomId", identity) do update set
  "userId" = excluded."userId", name = excluded.name, "expiresAt" = excluded."expiresAt"
  returning (select count(*) from moderators m where m."roomId" = $1 and m.identity = $2) as moderates`;

/** What stood against letting somebody in. */
async function whyNot(
  db: Kysely<Database>,
  { roomId, identity }: Admission,
  seats: number,
): Promise<Failure> {
  const room = await db
    .selectFrom('rooms')
    .select(['name', 'state'])
    .where('id', '=', roomId)
    .executeTakeFirst();
  if (room === undefined) return failure('room/not-found', { room: roomId });
  const ban = await db
    .selectFrom('bans')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('identity', '=', identity)
    .executeTakeFirst();
  if (ban) return failure('room/banned', { room: room.name });
  return notOpen(room.name, room.state) ?? failure('room/full', { seats });
}

/** As many values as go into one statement. */
const sliceLength = 500;

function* slices<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += sliceLength) yield all.slice(start, start + sliceLength);
}
