import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { roomView } from './room.ts';

/** No client shows more. */
const longest = 200;

const schema = operation({
  summary: 'The caller’s rooms',
  tag: 'Rooms',
  answers: {
    200: {
      description: 'Those that are active, the newest first.',
      schema: {
        type: 'array',
        items: {
          allOf: [
            { $ref: 'Room#' },
            {
              type: 'object',
              required: ['participants'],
              properties: { participants: { type: 'integer', description: 'How many are in it.' } },
            },
          ],
        },
      },
    },
  },
});

/** GET /api/room/list: the caller's own active rooms, newest first, with how many are in each. */
export function listRooms(scope: App, { store }: ServerContext): void {
  scope.get('/list', { schema }, async (request) => {
    const rooms = await store.rooms.createdBy(callerOf(request).userId, longest);
    return rooms.map(({ participants, ...room }) => ({ ...roomView(room), participants }));
  });
}
