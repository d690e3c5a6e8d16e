/**
 * The tables. Times are milliseconds since 1970 and booleans 0 or 1, which SQLite and PostgreSQL store alike. Columns are
 * named as here in the database too: a plugin that renames them walks every query and every row.
 */
import type { Insertable, Selectable } from 'kysely';
import type { RecordingState } from './recording-state.ts';

/**
 * No text that an index is over may be longer. LiveKit's own limit is 256 unless its operator raises that; an entry of
 * PostgreSQL's indexes takes 2,700 bytes.
 */
export const longestKey = 512;

export interface Database {
  rooms: RoomTable;
  admissions: AdmissionTable;
  sessions: SessionTable;
  roomEndings: RoomEndingTable;
  webhookEvents: WebhookEventTable;
  leases: LeaseTable;
  recordings: RecordingTable;
  subscriptions: SubscriptionTable;
  deliveries: DeliveryTable;
  bans: BanTable;
  moderators: ModeratorTable;
}

interface RoomTable {
  id: string;
  /** Unique among rooms that aren't archived; LiveKit's room name. */
  name: string;
  createdBy: string;
  mode: string;
  isPublic: number;
  maxParticipants: number;
  /** A JSON object. */
  settings: string;
  /** `active`, `suspended`, `archived`. */
  state: string;
  createdAt: number;
  /** When it got into its state. */
  stateSince: number;
}

/** Who holds a join token that is still good: a seat that is taken before its owner has connected. */
interface AdmissionTable {
  roomId: string;
  identity: string;
  userId: string;
  name: string;
  expiresAt: number;
}

/** One connection of one participant, as LiveKit's webhooks tell it. */
interface SessionTable {
  /** LiveKit's id of the participant; a reconnect with the same identity has another. */
  sid: string;
  roomId: string;
  /** LiveKit's id of the room; a room that ended and began again has another. */
  roomSid: string;
  identity: string;
  name: string;
  /** `standard`, `ingress`, `egress`, `sip`, `agent`, and what newer servers have. */
  kind: string;
  joinedAt: number;
  leftAt: number | null;
}

/** Rooms of LiveKit's that are over, for what is told of them afterwards. */
interface RoomEndingTable {
  roomSid: string;
  endedAt: number;
}

interface WebhookEventTable {
  id: string;
  event: string;
  receivedAt: number;
}

/** Work that one replica does at a time, and which one that is. */
interface LeaseTable {
  name: string;
  holder: string;
  expiresAt: number;
}

/** A recording, from the request for it until its file is deleted. It outlives its room. */
interface RecordingTable {
  id: string;
  roomId: string;
  roomName: string;
  createdBy: string;
  state: RecordingState;
  /** LiveKit's id of it. */
  egressId: string | null;
  /** Where LiveKit says that it put the file, a URL or a path; null again once it is gone from there. */
  source: string | null;
  /** Where we keep the file, within our storage. */
  storageKey: string | null;
  /** In bytes: what LiveKit says while there is no file of ours, then what we keep. */
  fileSize: number | null;
  /** Of the file we keep, in hex. */
  sha256: string | null;
  durationMs: number | null;
  error: string | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  completedAt: number | null;
  changedAt: number;
}

/** Who wants to be told of what. */
interface SubscriptionTable {
  id: string;
  name: string;
  url: string;
  /** Signs what is sent. */
  secret: string;
  /** A JSON array of names. */
  events: string;
  isActive: number;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
  /** When something was last delivered. */
  lastSeen: number | null;
}

/** One event for one subscription, and what became of it. */
interface DeliveryTable {
  id: string;
  subscriptionId: string;
  event: string;
  /** What is sent, as it is signed. */
  body: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  /** Of the last answer, if there was one. */
  status: number | null;
  error: string | null;
  createdAt: number;
  /** When to try next; null once it is over. */
  dueAt: number | null;
  endedAt: number | null;
}

export type RecordingRow = Selectable<RecordingTable>;
export type SubscriptionRow = Selectable<SubscriptionTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
/** Who may not come into a room any more. */
interface BanTable {
  roomId: string;
  identity: string;
  /** What they called themselves, for whoever reads the list. */
  name: string;
  bannedBy: string;
  bannedAt: number;
}

/** Who may control those who are in a room, besides its owner. */
interface ModeratorTable {
  roomId: string;
  identity: string;
  name: string;
  promotedBy: string;
  promotedAt: number;
}

export type RoomRow = Selectable<RoomTable>;
export type SessionRow = Selectable<SessionTable>;
export type NewSession = Insertable<SessionTable>;
