import { failure } from '../../core/errors.ts';
import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { may } from '../policy.ts';
import { limited } from '../rate-limit.ts';
import { entryRefusals, joinedSchema, joinedView, letIn, letInto } from './admission.ts';
import { requireActive, requireRoom, roomName, standingIn } from './room.ts';

const body = {
  type: 'object',
  additionalProperties: false,
  required: ['roomName'],
  properties: { roomName: { ...roomName.schema, minLength: 1 } },
};

const schema = operation({
  summary: 'Join a room',
  description:
    'Answers a token for LiveKit, good for ten minutes, and takes a seat. Nothing is asked of LiveKit: it works while LiveKit restarts. Who owns a room that is archived is told so instead, and may make it again.',
  tag: 'Rooms',
  body,
  answers: {
    200: {
      description: 'The room, the token, and where to take it.',
      schema: {
        anyOf: [
          joinedSchema,
          {
            type: 'object',
            required: ['status', 'name', 'mode', 'settings'],
            properties: {
              status: { const: 'archived_owned' },
              name: { type: 'string' },
              mode: { type: 'string' },
              settings: { $ref: 'RoomSettings#' },
            },
          },
        ],
      },
    },
  },
  refusals: [...entryRefusals, 'api/rate-limited'],
});

/** POST /api/room/join */
export function joinRoom(scope: App, context: ServerContext): void {
  const { store, config } = context;
  scope.post<{ Body: { roomName: string } }>(
    '/join',
    { schema, ...limited('api', config.rateLimit) },
    async (request) => {
      const caller = callerOf(request);
      const name = roomName.normal(request.body.roomName);
      const entered = await letInto(context, name, caller);
      if (entered) return joinedView(context, request, entered, caller.userId);
      const room = requireRoom(await store.rooms.byName(name), name);
      if (room.state === 'archived' && room.createdBy === caller.userId) {
        const { mode, settings } = room;
        return { status: 'archived_owned', name: room.name, mode, settings };
      }
      requireActive(room, name);
      if (
        !room.isPublic &&
        !may('enterPrivate', caller, await standingIn(store, 'enterPrivate', caller, room))
      ) {
        throw failure('room/private', { room: room.name });
      }
      return joinedView(context, request, await letIn(context, room, caller), caller.userId);
    },
  );
}
