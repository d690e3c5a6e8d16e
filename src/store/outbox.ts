/**
 * What others are to be told: who subscribed to what, and each delivery until it has arrived or been given up. An event
 * is published in the transaction that makes it true, so that neither is there without the other.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Fact } from './events.ts';
import type { Database, DeliveryRow, SubscriptionRow } from './schema.ts';

export interface Subscription {
  id: string;
  name: string;
  url: string;
  secret: string;
  events: string[];
  isActive: boolean;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
  lastSeen: number | null;
}

export type NewSubscription = Pick<Subscription, 'name' | 'url' | 'events' | 'createdBy'>;
export type SubscriptionChange = Partial<
  Pick<Subscription, 'name' | 'url' | 'events' | 'isActive' | 'secret'>
>;

export type Delivery = DeliveryRow;

/** A delivery to be tried, and where. */
export interface DueDelivery extends Delivery {
  url: string;
  secret: string;
}

/** What became of a try. @see Outbox.tried */
export interface Tried {
  status: number | null;
  /** Null: it has arrived. */
  error: string | null;
  /** When to try again, in milliseconds since 1970; null: never. */
  dueAt: number | null;
}

/** Deliveries that are over are kept so long, in milliseconds. */
const kept = 30 * 86_400_000;
/** As many go into one statement. */
const atATime = 500;

export class Outbox {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Makes a subscription with a secret of its own. */
  async subscribe(subscription: NewSubscription): Promise<Subscription> {
    const now = Date.now();
    const made = {
      ...subscription,
      id: randomUUID(),
      secret: newSecret(),
      isActive: true,
      createdAt: now,
      updatedAt: now,
      lastSeen: null,
    };
    await this.#db
      .insertInto('subscriptions')
      .values({ ...made, events: JSON.stringify(made.events), isActive: 1 })
      .execute();
    return made;
  }

  /** The newest first. */
  async subscriptions(limit: number, offset = 0): Promise<Subscription[]> {
    const rows = await this.#db
      .selectFrom('subscriptions')
      .selectAll()
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
    return rows.map(fromRow);
  }

  async countSubscriptions(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('subscriptions')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  async subscription(id: string): Promise<Subscription | undefined> {
    const row = await this.#db
      .selectFrom('subscriptions')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  /** @returns the subscription as it is now; undefined when there is none */
  async change(
    id: string,
    { events, isActive, ...change }: SubscriptionChange,
  ): Promise<Subscription | undefined> {
    await this.#db
      .updateTable('subscriptions')
      .set({
        ...change,
        ...(events === undefined ? {} : { events: JSON.stringify(events) }),
        ...(isActive === undefined ? {} : { isActive: isActive ? 1 : 0 }),
        updatedAt: Date.now(),
      })
      .where('id', '=', id)
      .execute();
    return this.subscription(id);
  }

  /** Ends a subscription; what it has not been told yet it never will be. @returns false when there was none */
  async unsubscribe(id: string): Promise<boolean> {
    await this.#db.deleteFrom('deliveries').where('subscriptionId', '=', id).execute();
    const { numDeletedRows } = await this.#db
      .deleteFrom('subscriptions')
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Has facts delivered to everyone who subscribed to such. */
  async publish(...facts: readonly Fact[]): Promise<void> {
    const active = await this.#db
      .selectFrom('subscriptions')
      .select(['id', 'events'])
      .where('isActive', '=', 1)
      .execute();
    const deliveries = active.flatMap(({ id, events }) => {
      const wanted = JSON.parse(events) as string[];
      return facts.filter(({ event }) => wanted.includes(event)).map((fact) => newDelivery(id, fact));
    });
    for (let n = 0; n < deliveries.length; n += atATime) {
      await this.#db
        .insertInto('deliveries')
        .values(deliveries.slice(n, n + atATime))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    }
  }

  /** What is to be tried by now, the longest due first. @param except subscriptions that are left out */
  async due(now: number, limit: number, except: readonly string[] = []): Promise<DueDelivery[]> {
    return this.#db
      .selectFrom('deliveries')
      .innerJoin('subscriptions', 'subscriptions.id', 'deliveries.subscriptionId')
      .selectAll('deliveries')
      .select(['subscriptions.url', 'subscriptions.secret'])
      .where('deliveries.dueAt', '<=', now)
      .$if(except.length > 0, (query) => query.where('deliveries.subscriptionId', 'not in', except))
      .orderBy('deliveries.dueAt')
      .limit(limit)
      .execute();
  }

  /** Notes what became of a try. */
  async tried({ id, subscriptionId, attempts }: Delivery, { status, error, dueAt }: Tried): Promise<void> {
    const now = Date.now();
    const state = error === null ? 'delivered' : dueAt === null ? 'failed' : 'pending';
    await this.#db
      .updateTable('deliveries')
      .set({
        state,
        attempts: attempts + 1,
        status,
        error,
        dueAt,
        endedAt: state === 'pending' ? null : now,
      })
      .where('id', '=', id)
      .execute();
    if (state !== 'delivered') return;
    await this.#db
      .updateTable('subscriptions')
      .set({ lastSeen: now })
      .where('id', '=', subscriptionId)
      .execute();
  }

  /** What was sent to a subscription, and what is still to be, the newest first. */
  async deliveries(subscriptionId: string, limit: number): Promise<Delivery[]> {
    return this.#db
      .selectFrom('deliveries')
      .selectAll()
      .where('subscriptionId', '=', subscriptionId)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** Forgets deliveries that were over long ago. */
  async forgetOld(): Promise<void> {
    await this.#db
      .deleteFrom('deliveries')
      .where('endedAt', '<', Date.now() - kept)
      .execute();
  }
}

function newDelivery(subscriptionId: string, { event, data, once }: Fact): DeliveryRow {
  const now = new Date();
  return {
    id: once === undefined ? randomUUID() : uuidOf(`${subscriptionId} ${event} ${once}`),
    subscriptionId,
    event,
    body: JSON.stringify({ event, timestamp: now.toISOString().replace(/\.\d+/, ''), data }),
    state: 'pending',
    attempts: 0,
    status: null,
    error: null,
    createdAt: now.getTime(),
    dueAt: now.getTime(),
    endedAt: null,
  };
}

/** The same for the same `text`; as RFC 9562 has it for what one makes oneself (version 8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** As long as the Bedrud server's. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

function fromRow(row: SubscriptionRow): Subscription {
  return { ...row, events: JSON.parse(row.events) as string[], isActive: row.isActive === 1 };
}
