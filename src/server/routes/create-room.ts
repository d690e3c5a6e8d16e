import { randomInt } from 'node:crypto';
import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { may, requireMay } from '../policy.ts';
import { limited } from '../rate-limit.ts';
import { roomName, roomView } from './room.ts';
import { type RoomSettings, requireSeats, settingsSchema, usualSettings } from './room-fields.ts';

interface Body {
  name?: string;
  isPublic: boolean;
  maxParticipants: number;
  mode: 'standard' | 'webinar' | 'broadcast';
  settings: Partial<RoomSettings>;
}

/** Seats of a room whose creator doesn't say how many. */
const usualSeats = 20;

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
    settings: { ...settingsSchema, default: {} },
  },
};

const schema = operation({
  summary: 'Make a room',
  description:
    'It is the caller’s. LiveKit hears of it when the first participant joins. A day after nobody was in it any more it is archived, unless a superadmin made it persistent.',
  tag: 'Rooms',
  body,
  answers: { 201: { description: 'The room.', schema: { $ref: 'Room#' } } },
  refusals: ['api/forbidden', 'room/limit-reached', 'room/name-taken', 'api/rate-limited'],
});

/** POST /api/room/create */
export function createRoom(scope: App, { config, store }: ServerContext): void {
  scope.post<{ Body: Body }>(
    '/create',
    { schema, ...limited('api', config.rateLimit) },
    async (request, reply) => {
      const caller = callerOf(request);
      requireMay('createRooms', caller);
      const { maxParticipantsLimit, maxRoomsPerUser } = config.server;
      const { maxParticipants, settings, isPublic, mode } = request.body;
      requireSeats(maxParticipants, maxParticipantsLimit);
      const isPersistent = may('makePersistent', caller) && settings.isPersistent === true;
      const room = await store.rooms.create(
        {
          name: roomName.normal(request.body.name) || randomName(),
          createdBy: caller.userId,
          mode,
          isPublic,
          maxParticipants: maxParticipants || Math.min(usualSeats, maxParticipantsLimit || usualSeats),
          settings: { ...usualSettings, ...settings, isPersistent },
        },
        may('haveAnyNumberOfRooms', caller) ? 0 : maxRoomsPerUser,
      );
      reply.status(201);
      return roomView(room);
    },
  );
}

/** `abc-defg-hij`: easy to say, hard to guess (26 to the power of 10). */
function randomName(): string {
  const letters = (n: number) =>
    Array.from({ length: n }, () => String.fromCharCode(97 + randomInt(26))).join('');
  return [3, 4, 3].map(letters).join('-');
}
