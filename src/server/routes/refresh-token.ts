import { failure } from '../../core/errors.ts';
import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { limited } from '../rate-limit.ts';
import { entryRefusals, letIn, tokenSchema } from './admission.ts';
import { requireActive, roomName } from './room.ts';

const schema = operation({
  summary: 'A fresh token for a room the caller is in',
  description:
    'For who is there, or holds a token that is still good, and would be let in today. Connected clients need none: LiveKit renews theirs.',
  tag: 'Rooms',
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['roomName'],
    properties: { roomName: { ...roomName.schema, minLength: 1 } },
  },
  answers: { 200: { description: 'The token.', schema: tokenSchema } },
  refusals: [...entryRefusals.filter((code) => code !== 'room/private'), 'room/no-seat', 'api/rate-limited'],
});

/** POST /api/room/refresh-token */
export function refreshToken(scope: App, context: ServerContext): void {
  const { store, config } = context;
  scope.post<{ Body: { roomName: string } }>(
    '/refresh-token',
    { schema, ...limited('api', config.rateLimit) },
    async (request) => {
      const caller = callerOf(request);
      const name = roomName.normal(request.body.roomName);
      const room = requireActive(await store.rooms.byName(name), name);
      const [banned] = await store.bans.among(room.id, [caller.userId]);
      if (banned === undefined && !(await store.sessions.hasSeat(room.id, caller.userId))) {
        throw failure('room/no-seat', { room: room.name });
      }
      // Who is banned is told so here.
      return (await letIn(context, room, caller)).admission;
    },
  );
}
