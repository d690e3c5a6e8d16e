import { randomInt } from 'node:crypto';
import { failure } from '../../core/errors.ts';
import { callerOf, isGuest } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { roomName, roomView } from './room.ts';

interface Body {
  name?: string;
  isPublic: boolean;
  maxParticipants: number;
  mode: 'standard' | 'webinar' | 'broadcast';
  settings: Record<string, boolean>;
}

/** Seats of a room whose creator doesn't say how many. */
const usualSeats = 20;

const setting = (fallback: boolean) => ({ type: 'boolean', default: fallback });
const body = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      ...roomName.schema,
      description: 'Letters, digits and single hyphens. One is made up where it is left out.',
    },
    isPublic: { type: 'boolean', default: false },
    maxParticipants: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Seats; 0: as many as usual, 20.',
    },
    mode: { enum: ['standard', 'webinar', 'broadcast'], default: 'standard' },
    settings: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        allowChat: setting(true),
        allowVideo: setting(true),
        allowAudio: setting(true),
        requireApproval: setting(false),
        e2ee: setting(false),
        isPersistent: setting(false),
        recordingsAllowed: setting(true),
      },
    },
  },
};

const schema = operation({
  summary: 'Make a room',
  description: 'It is the caller’s. LiveKit hears of it when the first participant joins.',
  tag: 'Rooms',
  body,
  answers: { 201: { description: 'The room.', schema: { $ref: 'Room#' } } },
  refusals: ['api/forbidden', 'room/limit-reached', 'room/name-taken'],
});

/** POST /api/room/create: a room of the caller's. LiveKit hears of it when the first participant joins. */
export function createRoom(scope: App, { config, store }: ServerContext): void {
  scope.post<{ Body: Body }>('/create', { schema }, async (request, reply) => {
    const caller = callerOf(request);
    if (isGuest(caller))
      throw failure('api/forbidden', { reason: 'guests join rooms, they do not create them' });
    const { maxParticipantsLimit, maxRoomsPerUser } = config.server;
    const { maxParticipants, settings, isPublic, mode } = request.body;
    if (maxParticipantsLimit > 0 && maxParticipants > maxParticipantsLimit) {
      throw failure('api/invalid', {
        problem: `maxParticipants is ${maxParticipants}; this server allows at most ${maxParticipantsLimit}`,
        hint: `ask for ${maxParticipantsLimit} or fewer`,
      });
    }
    const superadmin = caller.accesses.includes('superadmin');
    const room = await store.rooms.create(
      {
        name: roomName.normal(request.body.name) || randomName(),
        createdBy: caller.userId,
        mode,
        isPublic,
        maxParticipants: maxParticipants || Math.min(usualSeats, maxParticipantsLimit || usualSeats),
        settings: { ...settings, isPersistent: superadmin && settings['isPersistent'] === true },
      },
      superadmin ? 0 : maxRoomsPerUser,
    );
    reply.status(201);
    return roomView(room);
  });
}

/** `abc-defg-hij`: easy to say, hard to guess (26 to the power of 10). */
function randomName(): string {
  const letters = (n: number) =>
    Array.from({ length: n }, () => String.fromCharCode(97 + randomInt(26))).join('');
  return [3, 4, 3].map(letters).join('-');
}
