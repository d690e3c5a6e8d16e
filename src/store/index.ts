/** bedrud's state: rooms, who is in them and the webhook events that said so, recordings, and who is told of what. */
import { type Kysely, sql } from 'kysely';
import type { QueryWatch } from './access.ts';
import { Admissions } from './admissions.ts';
import { Leases } from './leases.ts';
import type { DatabaseLocation } from './location.ts';
import { Bans, Moderators } from './members.ts';
import { openDatabase } from './open.ts';
import { Outbox } from './outbox.ts';
import { Recordings } from './recordings.ts';
import { Rooms } from './rooms.ts';
import type { Database } from './schema.ts';
import { Sessions } from './sessions.ts';
import { WebhookEvents } from './webhook-events.ts';

export type { Admission, Admitted } from './admissions.ts';
export { events } from './events.ts';
export type { DatabaseLocation } from './location.ts';
export type { Member } from './members.ts';
export { databaseStatus, migrateDatabase, openSessionsIn } from './open.ts';
export { type Delivery, type DueDelivery, newSecret, type Subscription } from './outbox.ts';
export { liveStates, type RecordingStep } from './recording-state.ts';
export { downloadPath, type Recording, type RecordingFacts } from './recordings.ts';
export type { EndingReport, SessionReport } from './reports.ts';
export {
  type Arrival,
  type ListedRoom,
  type NamedAt,
  type Objections,
  type Room,
  type RoomState,
  requireOpen,
} from './rooms.ts';
export { longestKey } from './schema.ts';
export { seatless } from './seats.ts';
export type { OpenSession } from './sessions.ts';

/** The queries, on the database or within a transaction. */
export interface Queries {
  readonly rooms: Rooms;
  readonly admissions: Admissions;
  readonly sessions: Sessions;
  readonly bans: Bans;
  readonly moderators: Moderators;
  readonly webhookEvents: WebhookEvents;
  readonly leases: Leases;
  readonly recordings: Recordings;
  readonly outbox: Outbox;
}

export interface Store extends Queries {
  /** Runs `work` as one: all of it is kept, or, where it throws, nothing. */
  atomically<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** @throws when the database doesn't answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the store that `database:` in config.yaml names and brings its schema up to date.
 * @param watch told of each statement
 * @throws Failure `store/…`
 */
export async function openStore(location: DatabaseLocation, watch?: QueryWatch): Promise<Store> {
  const forgetOld = (opened: Kysely<Database>) => new WebhookEvents(opened).forgetOld();
  const db = await openDatabase(location, forgetOld, watch);
  return {
    ...queriesOn(db),
    atomically: (work) => db.transaction().execute((tx) => work(queriesOn(tx))),
    async ping() {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}

function queriesOn(db: Kysely<Database>): Queries {
  return {
    rooms: new Rooms(db),
    admissions: new Admissions(db),
    sessions: new Sessions(db),
    bans: new Bans(db),
    moderators: new Moderators(db),
    webhookEvents: new WebhookEvents(db),
    leases: new Leases(db),
    recordings: new Recordings(db),
    outbox: new Outbox(db),
  };
}
