/**
 * Who is in which room. A seat is taken by an admission when a join token is handed out, and by a session once
 * LiveKit says that the participant is there; it is free again when both are over.
 */
import type { Kysely } from 'kysely';
import { tellOfSessions } from './news.ts';
import { type Reports, record, type SessionFact, sessionsOf } from './reports.ts';
import type { Database, SessionRow } from './schema.ts';
import { seatHolders, seatless, seatsTaken } from './seats.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

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
  async gone(those: readonly SessionKey[], at: number, how?: 'with their rooms'): Promise<number> {
    return this.#eachSlice(those, async (tx, sids) => {
      const left = await tx
        .updateTable('sessions')
        .set({ leftAt: at })
        .where('sid', 'in', sids)
        .where('leftAt', 'is', null)
        .returning(['sid', 'roomSid'])
        .execute();
      await tellOfSessions(tx, { left, ended: how ? left : [] });
      return left.length;
    });
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
    await this.#eachSlice(those, async (tx, sids) => {
      await tx.updateTable('sessions').set({ leftAt: null, roomSid }).where('sid', 'in', sids).execute();
      return sids.length;
    });
  }

  /** Changes sessions, no more at a time than go into one statement, while nothing else is recorded of their rooms. */
  async #eachSlice(
    those: readonly SessionKey[],
    change: (tx: Kysely<Database>, sids: string[]) => Promise<number>,
  ): Promise<number> {
    let changed = 0;
    for (const some of slices(those)) {
      changed += await inTransaction(this.#db, async (tx) => {
        await oneAtATime(tx, ...new Set(some.map(({ roomId }) => sessionsOf(roomId))));
        return change(
          tx,
          some.map(({ sid }) => sid),
        );
      });
    }
    return changed;
  }

  /** The SFU ended, and with it all that began before `at`. @returns how many sessions that were */
  async allEnded(at: number): Promise<number> {
    return inTransaction(this.#db, async (tx) => {
      const left = await tx
        .updateTable('sessions')
        .set({ leftAt: at })
        .where('leftAt', 'is', null)
        .where('joinedAt', '<=', at)
        .returning(['sid', 'roomSid'])
        .execute();
      for (const some of slices(left)) await tellOfSessions(tx, { left: some, ended: some });
      return left.length;
    });
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

/** As many values as go into one statement. */
const sliceLength = 500;

function* slices<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += sliceLength) yield all.slice(start, start + sliceLength);
}
