import { failure } from '../../core/errors.ts';
import { displayName } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { guests } from '../guest.ts';
import { operation } from '../openapi/operation.ts';
import { limited } from '../rate-limit.ts';
import { entryRefusals, joinedSchema, joinedView, letIn, letInto } from './admission.ts';
import { requireActive, roomName } from './room.ts';

interface Body {
  roomName: string;
  guestName: string;
}

const schema = operation({
  summary: 'Join a public room without an account',
  description:
    'The identity is made up, and stays the same for who sends the `accessToken` of an earlier answer, or its cookie. Guests do what the settings of the room allow, and can’t change their metadata. Where `auth.guestLoginEnabled` is off there are none.',
  tag: 'Rooms',
  caller: 'optional',
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['roomName', 'guestName'],
    properties: {
      roomName: { ...roomName.schema, minLength: 1 },
      guestName: { type: 'string', minLength: 1, maxLength: 50, description: 'What others see.' },
    },
  },
  answers: {
    200: {
      description: 'As for everybody who joins, and an access token for the rest of the API.',
      schema: {
        allOf: [
          joinedSchema,
          {
            type: 'object',
            required: ['accessToken', 'tokens'],
            properties: {
              accessToken: { type: 'string' },
              tokens: { type: 'object', properties: { accessToken: { type: 'string' } } },
            },
          },
        ],
      },
    },
  },
  refusals: [...entryRefusals, 'room/guests-off', 'api/rate-limited'],
});

/** POST /api/room/guest-join */
export function guestJoin(scope: App, context: ServerContext): void {
  const { store, config } = context;
  const publicRoom = async (name: string) => {
    const room = requireActive(await store.rooms.byName(name), name);
    if (!room.isPublic) throw failure('room/private', { room: room.name });
    return room;
  };
  const { identify, remember, accessToken } = guests(config);
  scope.post<{ Body: Body }>(
    '/guest-join',
    { schema, ...limited('guest', config.rateLimit) },
    async (request, reply) => {
      if (!config.auth.guestLoginEnabled) throw failure('room/guests-off', {});
      const guestName = displayName(request.body.guestName);
      if (guestName === '') {
        throw failure('api/invalid', { problem: 'guestName has nothing to show', hint: 'send a name' });
      }
      const name = roomName.normal(request.body.roomName);
      const userId = identify(request);
      const guest = { userId, name: guestName, provider: 'guest', accesses: ['guest'] };
      const entered =
        (await letInto(context, name, guest)) ?? (await letIn(context, await publicRoom(name), guest));
      remember(reply, userId);
      const access = accessToken(userId, guestName);
      return {
        ...joinedView(context, request, entered, userId),
        accessToken: access,
        tokens: { accessToken: access },
      };
    },
  );
}
