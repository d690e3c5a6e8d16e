/** What others are told of, all of it, in the words of the Bedrud server's webhooks. */
import type { RoomRow } from './schema.ts';

export const events = [
  'room.created',
  /** It was closed, or LiveKit let go of it after everybody had left. */
  'room.ended',
  'participant.joined',
  'participant.left',
  'recording.completed',
  'recording.failed',
] as const;
export type EventName = (typeof events)[number];

/** Something to tell. */
export interface Fact {
  event: EventName;
  data: Record<string, unknown>;
  /** What it is about, where that may be noted more than once: it is told once. */
  once?: string;
}

type RoomColumns = Pick<RoomRow, 'id' | 'name' | 'createdBy'>;

export function roomCreated(room: RoomColumns): Fact {
  return { event: 'room.created', data: aboutRoom(room) };
}

/** Somebody closed it. */
export function roomClosed(room: RoomColumns): Fact {
  return { event: 'room.ended', data: { ...aboutRoom(room), reason: 'closed' } };
}

export function aboutRoom({ id, name, createdBy }: RoomColumns) {
  return { roomId: id, roomName: name, userId: createdBy };
}
