/** What the room routes share: names, lookups, who may act on whom, and how a room is shown. */
import type { FastifyRequest } from 'fastify';
import { Failure, failure } from '../../core/errors.ts';
import { type ListedRoom, type Room, requireOpen, type Store } from '../../store/index.ts';
import { type Caller, callerOf } from '../auth.ts';
import { sfuRefusals } from '../openapi/operation.ts';
import {
  type Action,
  dependsOn,
  requireMay,
  requireTarget,
  type Standing,
  type TargetOptions,
} from '../policy.ts';

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

const roomId = { type: 'string', minLength: 1, maxLength: 64, description: 'The `id` of the room.' };

/** The path of a route that is about one room. */
export interface RoomPath {
  roomId: string;
}
export const roomPath = { type: 'object', required: ['roomId'], properties: { roomId } };

/** The path of a route that acts on one participant. */
export interface ParticipantPath extends RoomPath {
  identity: string;
}
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

/** What a room that is looked for can be refused with. */
export const roomRefusals = ['room/not-found', 'room/inactive', 'room/suspended'] as const;

/** What acting on a participant of a room can be refused with. */
export const participantRefusals = [
  'api/forbidden',
  ...roomRefusals,
  'room/no-such-participant',
  ...sfuRefusals,
] as const;

/** A room as the API shows it, in the words of Bedrud's own API. */
export function roomView(room: Room) {
  const { stateSince, ...shown } = room;
  return {
    ...shown,
    adminId: room.createdBy,
    isActive: room.state === 'active',
    createdAt: room.createdAt.toISOString(),
    ...(room.state === 'archived' ? { deletedAt: stateSince.toISOString() } : {}),
  };
}

export function listedRoomView({ participants, ...room }: ListedRoom) {
  return { ...roomView(room), participants };
}

export const listedRoomSchema = {
  allOf: [
    { $ref: 'Room#' },
    {
      type: 'object',
      required: ['participants'],
      properties: { participants: { type: 'integer', description: 'How many are in it.' } },
    },
  ],
};

/** @throws Failure `room/not-found`, `room/suspended`, `room/inactive` */
export async function activeRoom(store: Store, roomId: string): Promise<Room> {
  return requireActive(await store.rooms.byId(roomId), roomId);
}

/** @throws Failure `room/not-found`, `room/suspended`, `room/inactive` */
export function requireActive(room: Room | undefined, asked: string): Room {
  const found = requireRoom(room, asked);
  requireOpen(found.name, found.state);
  return found;
}

/** @throws Failure `room/not-found` */
export function requireRoom(room: Room | undefined, asked: string): Room {
  if (room === undefined) throw failure('room/not-found', { room: asked });
  return room;
}

/** What the caller is to a room, as far as it matters for `action`. */
export async function standingIn(
  store: Store,
  action: Action,
  caller: Caller,
  room: Room,
): Promise<Standing> {
  const standing: Standing = { room };
  if (dependsOn('room-moderator', action, caller, standing)) {
    standing.moderates = await store.moderators.has(room.id, caller.userId);
  }
  if (dependsOn('participant', action, caller, standing)) {
    standing.hasSeat = await store.sessions.hasSeat(room.id, caller.userId);
  }
  return standing;
}

/**
 * The active room that a request of `roomPath` is about, once the caller may moderate it.
 * @throws Failure `room/not-found`, `room/suspended`, `room/inactive`, `api/forbidden`
 */
export async function moderatedRoom(
  request: FastifyRequest<{ Params: RoomPath }>,
  store: Store,
): Promise<Room> {
  const caller = callerOf(request);
  const room = await activeRoom(store, request.params.roomId);
  requireMay('moderate', caller, await standingIn(store, 'moderate', caller, room));
  return room;
}

/** One participant of an active room, and who wants something of them. */
export interface Target {
  caller: Caller;
  room: Room;
  identity: string;
}

/**
 * Whom a request of `participantPath` is about, once the caller may do `action` to them.
 * @throws Failure `room/not-found`, `room/suspended`, `room/inactive`, `api/forbidden`, `api/invalid`
 */
export async function targetOf(
  request: FastifyRequest<{ Params: ParticipantPath }>,
  store: Store,
  action: Action,
  options?: TargetOptions,
): Promise<Target> {
  const caller = callerOf(request);
  const { roomId, identity } = request.params;
  const room = await activeRoom(store, roomId);
  const standing = await standingIn(store, action, caller, room);
  requireMay(action, caller, standing);
  requireTarget(caller, standing, identity, options);
  return { caller, room, identity };
}

/** What LiveKit answers about a participant. @throws Failure `room/no-such-participant` when it knows of none */
export async function aboutParticipant<T>(room: Room, identity: string, answer: Promise<T>): Promise<T> {
  const there = await ifThere(answer);
  if (there === undefined) throw failure('room/no-such-participant', { identity, room: room.name });
  return there.value;
}

/** What LiveKit answers; undefined where it knows of no such room or participant. */
export async function ifThere<T>(answer: Promise<T>): Promise<{ value: T } | undefined> {
  return answer.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'sfu/not-found') throw error;
      return undefined;
    },
  );
}
