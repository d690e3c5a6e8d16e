/** Who is more in a room than one who may join it, and who is less: its moderators, and those it has banned. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';
import { seatsOf } from './seats.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

export interface Member {
  identity: string;
  /** What they called themselves when it was done. */
  name: string;
  /** The id of the user who did it. */
  by: string;
  at: Date;
}

export type NewMember = Omit<Member, 'at'> & { roomId: string };

export class Bans {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Takes the seat as well, and the right to moderate. Whoever is banned already stays so. */
  async add({ roomId, identity, name, by }: NewMember): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, seatsOf(roomId));
      await tx
        .insertInto('bans')
        .values({ roomId, identity, name, bannedBy: by, bannedAt: Date.now() })
        .onConflict((conflict) => conflict.columns(['roomId', 'identity']).doNothing())
        .execute();
      for (const table of ['admissions', 'moderators'] as const) {
        await tx.deleteFrom(table).where('roomId', '=', roomId).where('identity', '=', identity).execute();
      }
    });
  }

  /** @returns false when they weren't banned */
  async remove(roomId: string, identity: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('bans')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  /** Which of `identities` are banned. */
  async among(roomId: string, identities: readonly string[]): Promise<string[]> {
    if (identities.length === 0) return [];
    const rows = await this.#db
      .selectFrom('bans')
      .select('identity')
      .where('roomId', '=', roomId)
      .where('identity', 'in', identities)
      .execute();
    return rows.map(({ identity }) => identity);
  }

  /** The newest first. */
  async ofRoom(roomId: string): Promise<Member[]> {
    const rows = await this.#db
      .selectFrom('bans')
      .select(['identity', 'name', 'bannedBy as by', 'bannedAt as at'])
      .where('roomId', '=', roomId)
      .orderBy('bannedAt', 'desc')
      .execute();
    return rows.map((row) => ({ ...row, at: new Date(row.at) }));
  }
}

export class Moderators {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** @returns false when they were one already */
  async add({ roomId, identity, name, by }: NewMember): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('moderators')
      .values({ roomId, identity, name, promotedBy: by, promotedAt: Date.now() })
      .onConflict((conflict) => conflict.columns(['roomId', 'identity']).doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** @returns false when they weren't one */
  async remove(roomId: string, identity: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('moderators')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  async has(roomId: string, identity: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('moderators')
      .select('identity')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .executeTakeFirst();
    return row !== undefined;
  }

  async ofRoom(roomId: string): Promise<Member[]> {
    const rows = await this.#db
      .selectFrom('moderators')
      .select(['identity', 'name', 'promotedBy as by', 'promotedAt as at'])
      .where('roomId', '=', roomId)
      .orderBy('promotedAt')
      .execute();
    return rows.map((row) => ({ ...row, at: new Date(row.at) }));
  }
}
