/** The webhook events that have been applied, so that a repeated delivery changes nothing. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** LiveKit repeats a delivery within minutes, and its signature is good for five; ids are kept a week. In milliseconds. */
const kept = 7 * 86_400_000;

export class WebhookEvents {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Notes an event. @returns false when it was noted before */
  async note(id: string, event: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('webhookEvents')
      .values({ id, event, receivedAt: Date.now() })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Forgets the events that nobody will send again, and the endings of rooms that nobody will speak of again. */
  async forgetOld(): Promise<void> {
    const before = Date.now() - kept;
    await this.#db.deleteFrom('webhookEvents').where('receivedAt', '<', before).execute();
    await this.#db.deleteFrom('roomEndings').where('endedAt', '<', before).execute();
  }
}
