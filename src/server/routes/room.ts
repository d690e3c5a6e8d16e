/** What the room routes share: names, lookups and how a room is shown. */
import { Failure, failure } from '../../core/errors.ts';
import type { Room, Store } from '../../store/index.ts';
import { sfuRefusals } from '../openapi/operation.ts';

/** Room names are part of URLs and LiveKit's name of the room: `team-standup`. */
export const roomName = {
  schema: {
    type: 'string',
    maxLength: 63,
    // Upper case and spaces around it are a matter of typing; normal() takes them away.
    pattern: '^\\s*([A-Za-z0-9]+(-[A-Za-z0-9]+)*)?\\s*$',
  },
  normal: (name = ''): string => name.trim().toLowerCase(),
} as const;

/** The path of a route that acts on one participant. */
export interface ParticipantPath {
  roomId: string;
  identity: string;
}

const roomId = { type: 'string', minLength: 1, maxLength: 64, description: 'The `id` of the room.' };

export const participantPath = {
  type: 'object',
  required: ['roomId', 'identity'],
  properties: {
    roomId,
    identity: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'Who: the id of a user, or the identity of a guest.',
    },
  },
};

/** What acting on a participant of a room can be refused with. */
export const participantRefusals = [
  'api/forbidden',
  'room/not-found',
  'room/inactive',
  'room/no-such-participant',
  ...sfuRefusals,
] as const;

/** What LiveKit answers about a participant. @throws Failure `room/no-such-participant` when it knows of none */
export async function aboutParticipant<T>(room: Room, identity: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code !== 'sfu/not-found') throw error;
    throw failure('room/no-such-participant', { identity, room: room.name }, error);
  });
}

/** A room as the API shows it, in the words of Bedrud's own API. */
export function roomView(room: Room) {
  const { state, ...shown } = room;
  return { ...shown, createdAt: room.createdAt.toISOString(), isActive: state === 'active' };
}

/** @throws Failure `room/not-found`, `room/inactive` */
export async function activeRoom(store: Store, roomId: string): Promise<Room> {
  return requireActive(await store.rooms.byId(roomId), roomId);
}

/** @throws Failure `room/not-found`, `room/inactive` */
export function requireActive(room: Room | undefined, asked: string): Room {
  if (room === undefined) throw failure('room/not-found', { room: asked });
  if (room.state !== 'active') throw failure('room/inactive', { room: room.name });
  return room;
}
