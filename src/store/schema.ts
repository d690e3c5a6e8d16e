/**
 * The tables. Times are milliseconds since 1970 and booleans 0 or 1, which SQLite and PostgreSQL store alike. Columns are
 * named as here in the database too: a plugin that renames them walks every query and every row.
 */
import type { Insertable, Selectable } from 'kysely';

export interface Database {
  rooms: RoomTable;
  admissions: AdmissionTable;
  sessions: SessionTable;
  roomEndings: RoomEndingTable;
  webhookEvents: WebhookEventTable;
  leases: LeaseTable;
}

interface RoomTable {
  id: string;
  /** Unique among active rooms; LiveKit's room name. */
  name: string;
  createdBy: string;
  mode: string;
  isPublic: number;
  maxParticipants: number;
  /** A JSON object. */
  settings: string;
  state: string;
  createdAt: number;
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

export type RoomRow = Selectable<RoomTable>;
export type SessionRow = Selectable<SessionTable>;
export type NewSession = Insertable<SessionTable>;
