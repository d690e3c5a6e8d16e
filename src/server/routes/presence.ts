import { failure } from '../../core/errors.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { may } from '../policy.ts';
import { limited } from '../rate-limit.ts';
import { type RoomPath, requireRoom, roomPath, standingIn } from './room.ts';

interface Query {
  countOnly?: string;
}

const schema = operation({
  summary: 'Who is in a room',
  description:
    'How many are in a public room is for everybody to see (`countOnly=1`), who they are for those with an access token. Of a private room only those who may join it see anybody. Told from the database, also while LiveKit does not answer.',
  tag: 'Rooms',
  caller: 'optional',
  params: roomPath,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { countOnly: { enum: ['1', 'true', '0', 'false'] } },
  },
  answers: {
    200: {
      description: 'The participants, or with `countOnly` their number.',
      schema: {
        anyOf: [
          {
            type: 'object',
            required: ['participants'],
            properties: {
              participants: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['identity', 'name', 'avatarUrl'],
                  properties: {
                    identity: { type: 'string' },
                    name: { type: 'string' },
                    avatarUrl: { type: 'string', description: 'Empty: bedrud keeps no pictures.' },
                  },
                },
              },
            },
          },
          { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
        ],
      },
    },
  },
  refusals: ['room/not-found', 'api/rate-limited'],
});

/** GET /api/room/:roomId/presence */
export function presence(scope: App, { store, config }: ServerContext): void {
  scope.get<{ Params: RoomPath; Querystring: Query }>(
    '/:roomId/presence',
    { schema, ...limited('api', config.rateLimit) },
    async ({ caller, params, query }) => {
      const countOnly = query.countOnly === '1' || query.countOnly === 'true';
      if (!countOnly && caller === undefined) {
        throw failure('api/unauthenticated', {
          reason: 'who is there is told to those with an access token',
        });
      }
      const room = requireRoom(await store.rooms.byId(params.roomId), params.roomId);
      const allowed =
        room.isPublic ||
        (caller !== undefined &&
          may('enterPrivate', caller, await standingIn(store, 'enterPrivate', caller, room)));
      // To strangers a private room is not there.
      if (!allowed && countOnly) throw failure('room/not-found', { room: params.roomId });
      const present = allowed ? await store.sessions.presentIn(room.id) : [];
      if (countOnly) return { count: present.length };
      return {
        participants: present.map(({ identity, name }) => ({
          identity,
          name: name || identity,
          avatarUrl: '',
        })),
      };
    },
  );
}
