/** The webhook events that have been applied, so that a repeated delivery changes nothing. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';
import { asJson, rowsOf, run } from './statements.ts';

/** LiveKit repeats a delivery within minutes, and its signature is good for five; ids are kept a week. In milliseconds. */
const kept = 7 * 86_400_000;

export interface NewWebhookEvent {
  id: string;
  event: string;
}

/** In one order everywhere: of two replicas that note the same events, neither waits for an event that the other has. */
const noteEvents = (db: Kysely<Database>) => `
  with noted as (${rowsOf(db, '$1', { id: 'text', event: 'text', receivedAt: 'bigint' })})
  insert into "webhookEvents" (id, event, "receivedAt")
  select id, event, "receivedAt" from noted where true order by id
  on conflict (id) do nothing returning id`;

export class WebhookEvents {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Notes events. @returns the ids of those that were not noted before */
  async note(events: readonly NewWebhookEvent[]): Promise<Set<string>> {
    if (events.length === 0) return new Set();
    const receivedAt = Date.now();
    const rows = events.map(({ id, event }) => ({ id, event, receivedAt }));
    const { rows: added } = await run<{ id: string }>(this.#db, noteEvents(this.#db), [asJson(rows)]);
    return new Set(added.map(({ id }) => id));
  }

  /** Forgets the events that nobody will send again, and the endings of rooms that nobody will speak of again. */
  async forgetOld(): Promise<void> {
    const before = Date.now() - kept;
    await this.#db.deleteFrom('webhookEvents').where('receivedAt', '<', before).execute();
    await this.#db.deleteFrom('roomEndings').where('endedAt', '<', before).execute();
  }
}
