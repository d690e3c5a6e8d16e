/**
 * Who is in which room. A seat is taken by an admission when a join token is handed out, and by a session once
 * LiveKit says that the participant is there; it is free again when both are over.
 */
import type { ExpressionBuilder, Kysely } from 'kysely';
import { failure } from '../core/errors.ts';
import { requireOpen } from './rooms.ts';
import type { Database, NewSession, SessionRow } from './schema.ts';
import { seatHolders, seatsOf, seatsTaken } from './seats.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

export interface Admission {
  roomId: string;
  identity: string;
  userId: string;
  name: string;
  /** Until when the token is good, in milliseconds since 1970. */
  expiresAt: number;
}

/** What LiveKit says of one participant's connection. */
export type SessionFact = Omit<NewSession, 'leftAt'>;

/** A session that isn't over, and the name of its room, which is all that LiveKit knows the room by. */
export interface OpenSession {
  sid: string;
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
    return inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, seatsOf(admission.roomId));
      const { name: room, state, taken, banned, moderates } = await atTheDoor(tx, admission);
      if (banned > 0) throw failure('room/banned', { room });
      requireOpen(room, state);
      if (seats > 0 && taken >= seats) throw failure('room/full', { seats });
      await tx
        .insertInto('admissions')
        .values(admission)
        .onConflict((conflict) =>
          conflict.columns(['roomId', 'identity']).doUpdateSet({
            userId: admission.userId,
            name: admission.name,
            expiresAt: admission.expiresAt,
          }),
        )
        .execute();
      return { moderates: moderates > 0 };
    });
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
      .orderBy('joinedAt')
      .execute();
  }

  /** How many different people are connected at the moment, whatever the room. */
  async online(): Promise<number> {
    const { online } = await this.#db
      .selectFrom('sessions')
      .select(({ fn }) => fn.count<number>('identity').distinct().as('online'))
      .where('leftAt', 'is', null)
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

  /**
   * A participant joined. Whatever else is known by then or told later, in any order, ends up the same: each of the
   * reports bounds the time at which a session was over, and the earliest bound holds.
   */
  async joined(fact: SessionFact): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, sessionsOf(fact.roomId));
      const leftAt = await knownEnd(tx, fact);
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('sessions')
        .values({ ...fact, leftAt })
        .onConflict((conflict) => conflict.column('sid').doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 1n) return;
      if (leftAt === null) await new Sessions(tx).withdraw(fact.roomId, fact.identity);
      await endPredecessors(tx, fact);
    });
  }

  /** A participant is gone; that it was there is recorded too when it wasn't yet. */
  async left(fact: SessionFact, at: number): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, sessionsOf(fact.roomId));
      // LiveKit tells when events happened in whole seconds, and when somebody joined in milliseconds.
      const leftAt = Math.min(
        Math.max(at, fact.joinedAt),
        (await knownEnd(tx, fact)) ?? Number.POSITIVE_INFINITY,
      );
      await tx
        .insertInto('sessions')
        .values({ ...fact, leftAt })
        .onConflict((conflict) => conflict.column('sid').doUpdateSet({ leftAt }).where(isAfter(leftAt)))
        .execute();
      await endPredecessors(tx, fact);
    });
  }

  /** LiveKit closed a room: everyone in that instance of it is gone, and nobody can join it any more. */
  async roomEnded(roomId: string, roomSid: string, at: number): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, sessionsOf(roomId));
      await tx
        .insertInto('roomEndings')
        .values({ roomSid, endedAt: at })
        .onConflict((conflict) =>
          conflict.column('roomSid').doUpdateSet({ endedAt: at }).where('roomEndings.endedAt', '>', at),
        )
        .execute();
      await tx
        .updateTable('sessions')
        .set({ leftAt: at })
        .where('roomId', '=', roomId)
        .where('roomSid', '=', roomSid)
        .where(isAfter(at))
        .execute();
    });
  }

  /** Every session that isn't over. */
  async open(): Promise<OpenSession[]> {
    return this.#db
      .selectFrom('sessions')
      .innerJoin('rooms', 'rooms.id', 'sessions.roomId')
      .select(['sessions.sid', 'sessions.roomSid', 'rooms.name as roomName'])
      .where('sessions.leftAt', 'is', null)
      .execute();
  }

  /** LiveKit has these no more. @returns how many of them were still taken to be there */
  async gone(sids: readonly string[], at: number): Promise<number> {
    let ended = 0n;
    for (const some of slices(sids)) {
      const { numUpdatedRows } = await this.#db
        .updateTable('sessions')
        .set({ leftAt: at })
        .where('sid', 'in', some)
        .where('leftAt', 'is', null)
        .executeTakeFirst();
      ended += numUpdatedRows;
    }
    return Number(ended);
  }

  /** LiveKit has these. @returns how many of them nobody had told of */
  async present(facts: readonly SessionFact[]): Promise<number> {
    let added = 0;
    for (const fact of facts) {
      const { numInsertedOrUpdatedRows } = await this.#db
        .insertInto('sessions')
        .values({ ...fact, leftAt: null })
        .onConflict((conflict) => conflict.column('sid').doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 1n) continue;
      added += 1;
      await this.withdraw(fact.roomId, fact.identity);
    }
    return added;
  }

  /** Which of these are taken to be over. */
  async endedOf(sids: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const some of slices(sids)) {
      const rows = await this.#db
        .selectFrom('sessions')
        .select('sid')
        .where('sid', 'in', some)
        .where('leftAt', 'is not', null)
        .execute();
      found.push(...rows.map(({ sid }) => sid));
    }
    return found;
  }

  /** These were taken to be over, and are not. @param roomSid where LiveKit has them */
  async reopen(sids: readonly string[], roomSid: string): Promise<void> {
    for (const some of slices(sids)) {
      await this.#db
        .updateTable('sessions')
        .set({ leftAt: null, roomSid })
        .where('sid', 'in', some)
        .execute();
    }
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
      .executeTakeFirstOrThrow();
  }
}

/** What decides about letting somebody in, in one look: the room, and how `admission.identity` stands in it. */
async function atTheDoor(tx: Kysely<Database>, { roomId, identity }: Admission) {
  const about = (eb: ExpressionBuilder<Database, 'rooms'>, table: 'bans' | 'moderators') =>
    eb
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .$asScalar()
      .$notNull();
  const room = await tx
    .selectFrom('rooms')
    .select((eb) => [
      'name',
      'state',
      eb
        .selectFrom(seatHolders(tx, roomId))
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .where('identity', '!=', identity)
        .$asScalar()
        .as('taken'),
      about(eb, 'bans').as('banned'),
      about(eb, 'moderators').as('moderates'),
    ])
    .where('id', '=', roomId)
    .executeTakeFirst();
  if (room === undefined) throw failure('room/not-found', { room: roomId });
  return room;
}

/** Reports of one room bound each other: what one writes, the next has to read. */
function sessionsOf(roomId: string): string {
  return `sessions of ${roomId}`;
}

/** By when `fact`'s session was over, as far as the end of its room or a later join of the same identity tells. */
async function knownEnd(tx: Kysely<Database>, fact: SessionFact): Promise<number | null> {
  const ending = await tx
    .selectFrom('roomEndings')
    .select('endedAt')
    .where('roomSid', '=', fact.roomSid)
    .executeTakeFirst();
  // LiveKit has an identity in a room once: who joins again takes the place of who was there.
  const successor = await tx
    .selectFrom('sessions')
    .select(({ fn }) => fn.min('joinedAt').as('joinedAt'))
    .where('roomId', '=', fact.roomId)
    .where('identity', '=', fact.identity)
    .where('joinedAt', '>', fact.joinedAt)
    .executeTakeFirst();
  const bounds = [ending?.endedAt, successor?.joinedAt].filter((bound) => typeof bound === 'number');
  return bounds.length === 0 ? null : Math.min(...bounds);
}

/** Ends what the same identity had in the same room before `fact`. */
async function endPredecessors(tx: Kysely<Database>, fact: SessionFact): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ leftAt: fact.joinedAt })
    .where('roomId', '=', fact.roomId)
    .where('identity', '=', fact.identity)
    .where('joinedAt', '<', fact.joinedAt)
    .where(isAfter(fact.joinedAt))
    .execute();
}

/** Not over by `at`, as far as is known. */
function isAfter(at: number) {
  return ({ eb, or }: ExpressionBuilder<Database, 'sessions'>) =>
    or([eb('sessions.leftAt', 'is', null), eb('sessions.leftAt', '>', at)]);
}

/** As many values as go into one statement. */
const sliceLength = 500;

function* slices<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += sliceLength) yield all.slice(start, start + sliceLength);
}
