/**
 * Who is in which room. A seat is taken by an admission when a join token is handed out, and by a session once
 * LiveKit says that the participant is there; it is free again when both are over.
 */
import type { Kysely } from 'kysely';
import { failure } from '../core/errors.ts';
import type { Database, NewSession, SessionRow } from './schema.ts';
import { inTransaction } from './transaction.ts';

export interface Admission {
  roomId: string;
  identity: string;
  userId: string;
  name: string;
  /** Until when the token is good, in milliseconds since 1970. */
  expiresAt: number;
}

/** What a webhook says of one participant's connection. */
export type SessionFact = Omit<NewSession, 'leftAt'>;

export class Sessions {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /**
   * Takes a seat, or keeps the one that this identity has already.
   * @param seats how many there are; 0: any number
   * @throws Failure `room/full`
   */
  async admit(admission: Admission, seats: number): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      if (seats > 0 && (await takenSeats(tx, admission)) >= seats) throw failure('room/full', { seats });
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
    });
  }

  /** Gives a seat back that was taken but not used. */
  async withdraw(roomId: string, identity: string): Promise<void> {
    await this.#db
      .deleteFrom('admissions')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .execute();
  }

  /** A participant is there. Told after {@link left}, it changes nothing. */
  async joined(fact: SessionFact): Promise<void> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('sessions')
      .values({ ...fact, leftAt: null })
      .onConflict((conflict) => conflict.column('sid').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) await this.withdraw(fact.roomId, fact.identity);
  }

  /** A participant is gone; that it was there is recorded too when it wasn't yet. */
  async left(fact: SessionFact, at: number): Promise<void> {
    await this.#db
      .insertInto('sessions')
      .values({ ...fact, leftAt: at })
      .onConflict((conflict) =>
        conflict.column('sid').doUpdateSet({ leftAt: at }).where('leftAt', 'is', null),
      )
      .execute();
  }

  /** LiveKit closed a room: everyone in that instance of it is gone. */
  async roomEnded(roomId: string, roomSid: string, at: number): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ leftAt: at })
      .where('roomId', '=', roomId)
      .where('roomSid', '=', roomSid)
      .where('leftAt', 'is', null)
      .execute();
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

/** The seats that others than `admission.identity` have. */
async function takenSeats(tx: Kysely<Database>, admission: Admission): Promise<number> {
  const { taken } = await tx
    .selectFrom((eb) =>
      eb
        .selectFrom('sessions')
        .select('identity')
        .where('roomId', '=', admission.roomId)
        .where('leftAt', 'is', null)
        .union(
          eb
            .selectFrom('admissions')
            .select('identity')
            .where('roomId', '=', admission.roomId)
            .where('expiresAt', '>', Date.now()),
        )
        .as('seats'),
    )
    .select(({ fn }) => fn.countAll<number>().as('taken'))
    .where('identity', '!=', admission.identity)
    .executeTakeFirstOrThrow();
  return taken;
}
