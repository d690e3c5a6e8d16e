/** Leases: work of which only one replica may do some at a time. A holder that dies loses it by itself. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

export class Leases {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /**
   * Takes a lease that is free, or keeps one that `holder` has.
   * @param forMs from now, in milliseconds
   * @returns false while somebody else has it
   */
  async take(name: string, holder: string, forMs: number): Promise<boolean> {
    const now = Date.now();
    const expiresAt = now + forMs;
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('leases')
      .values({ name, holder, expiresAt })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({ holder, expiresAt })
          .where(({ eb, or }) => or([eb('leases.holder', '=', holder), eb('leases.expiresAt', '<=', now)])),
      )
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Gives a lease back; one that `holder` doesn't have stays. */
  async release(name: string, holder: string): Promise<void> {
    await this.#db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
  }
}
