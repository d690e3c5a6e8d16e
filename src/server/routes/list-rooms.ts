import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { roomView } from './room.ts';

/** No client shows more. */
const longest = 200;

/** GET /api/room/list: the caller's own active rooms, newest first, with how many are in each. */
export function listRooms(scope: App, { store }: ServerContext): void {
  scope.get('/list', async (request) => {
    const rooms = await store.rooms.createdBy(callerOf(request).userId, longest);
    return rooms.map(({ participants, ...room }) => ({ ...roomView(room), participants }));
  });
}
