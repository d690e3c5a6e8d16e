import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { asked, type PageQuery, pageOf, pageProperties } from '../openapi/paging.ts';
import { requireMay } from '../policy.ts';
import { listedRoomSchema, listedRoomView } from './room.ts';

/** No client shows more. */
const longest = 200;

const listSchema = operation({
  summary: 'The caller’s rooms',
  tag: 'Rooms',
  answers: {
    200: {
      description: 'Those that are active or suspended, the newest first.',
      schema: { type: 'array', items: listedRoomSchema },
    },
  },
  refusals: ['api/forbidden'],
});

/** GET /api/room/list */
export function listRooms(scope: App, { store }: ServerContext): void {
  scope.get('/list', { schema: listSchema }, async (request) => {
    const caller = callerOf(request);
    requireMay('listOwnRooms', caller);
    return (await store.rooms.createdBy(caller.userId, longest)).map(listedRoomView);
  });
}

const archivedSchema = operation({
  summary: 'The caller’s archived rooms',
  tag: 'Rooms',
  querystring: asked({}),
  answers: {
    200: {
      description: 'A page of them, the newest first.',
      schema: pageOf('rooms', listedRoomSchema),
    },
  },
  refusals: ['api/forbidden'],
});

/** GET /api/room/archived */
export function listArchivedRooms(scope: App, { store }: ServerContext): void {
  scope.get<{ Querystring: PageQuery }>('/archived', { schema: archivedSchema }, async (request) => {
    const caller = callerOf(request);
    requireMay('listOwnRooms', caller);
    const page = pageProperties(request.query);
    const filter = { createdBy: caller.userId, states: ['archived'] as const };
    const { rooms, total } = await store.rooms.find(filter, page);
    return { rooms: rooms.map(listedRoomView), total, ...page };
  });
}
