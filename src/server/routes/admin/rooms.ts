/** /api/admin/rooms: every room of the server. */
import type { FastifyRequest } from 'fastify';
import { failure } from '../../../core/errors.ts';
import type { Room, RoomState } from '../../../store/index.ts';
import { callerOf } from '../../auth.ts';
import type { App, ServerContext } from '../../context.ts';
import { operation } from '../../openapi/operation.ts';
import { asked, type PageQuery, pageOf, pageProperties } from '../../openapi/paging.ts';
import { changeBody, changeRoom, shut } from '../manage-room.ts';
import { listedRoomSchema, listedRoomView, type RoomPath, requireRoom, roomPath, roomView } from '../room.ts';

interface Query extends PageQuery {
  q?: string;
  status?: string;
  visibility?: 'public' | 'private';
  owner?: string;
}

const listSchema = operation({
  summary: 'Rooms of everybody',
  tag: 'Administration',
  querystring: asked({
    q: { type: 'string', maxLength: 63, description: 'Part of the name, or the id.' },
    status: {
      type: 'string',
      pattern: '^(active|suspended|archived)(,(active|suspended|archived))*$',
      description: '`active`, `suspended`, `archived`; several with commas.',
    },
    visibility: { enum: ['public', 'private'] },
    owner: { type: 'string', maxLength: 128, description: 'The id of a user.' },
  }),
  answers: {
    200: { description: 'A page of them, the newest first.', schema: pageOf('rooms', listedRoomSchema) },
  },
  refusals: ['api/forbidden'],
});

/** GET /api/admin/rooms */
export function listAllRooms(scope: App, { store }: ServerContext): void {
  scope.get<{ Querystring: Query }>('/rooms', { schema: listSchema }, async ({ query }) => {
    const page = pageProperties(query);
    const { rooms, total } = await store.rooms.find(
      {
        ...(query.q ? { search: query.q } : {}),
        ...(query.status ? { states: query.status.split(',') as RoomState[] } : {}),
        ...(query.visibility ? { isPublic: query.visibility === 'public' } : {}),
        ...(query.owner ? { createdBy: query.owner } : {}),
      },
      page,
    );
    return { rooms: rooms.map(listedRoomView), total, ...page };
  });
}

const refusals = ['api/forbidden', 'room/not-found'] as const;
const room = { $ref: 'Room#' };

const changeSchema = operation({
  summary: 'Change what any room is like',
  description: 'Also whether it is persistent. What the body does not name stays as it is.',
  tag: 'Administration',
  params: roomPath,
  body: changeBody,
  answers: { 200: { description: 'The room as it is now.', schema: room } },
  refusals,
});

/** PUT /api/admin/rooms/:roomId */
export function changeAnyRoom(scope: App, context: ServerContext): void {
  scope.put<{ Params: RoomPath; Body: Parameters<typeof changeRoom>[0]['body'] }>(
    '/rooms/:roomId',
    { schema: changeSchema },
    async (request) => {
      const found = await roomOf(request, context);
      return roomView(await changeRoom(request, context, found));
    },
  );
}

const suspendSchema = operation({
  summary: 'Suspend a room',
  description: 'Everybody in it is put out and nobody joins it, until it is reactivated. It keeps its name.',
  tag: 'Administration',
  params: roomPath,
  answers: { 200: { description: 'It is suspended.', schema: room } },
  refusals: [...refusals, 'room/wrong-state', 'room/inactive'],
});

/** POST /api/admin/rooms/:roomId/suspend */
export function suspendRoom(scope: App, context: ServerContext): void {
  scope.post<{ Params: RoomPath }>('/rooms/:roomId/suspend', { schema: suspendSchema }, async (request) => {
    const found = await roomOf(request, context);
    const message = 'This room has been suspended by an administrator';
    return roomView(await shut(request, context, found, 'suspended', { event: 'room_suspended', message }));
  });
}

const reactivateSchema = operation({
  summary: 'Open a room that is suspended or archived',
  tag: 'Administration',
  params: roomPath,
  answers: { 200: { description: 'It is active.', schema: room } },
  refusals: [...refusals, 'room/wrong-state', 'room/name-taken'],
});

/** POST /api/admin/rooms/:roomId/reactivate */
export function reactivateRoom(scope: App, { store }: ServerContext): void {
  scope.post<{ Params: RoomPath }>(
    '/rooms/:roomId/reactivate',
    { schema: reactivateSchema },
    async (request) => {
      const found = await roomOf(request, { store });
      const open = await store.rooms.setState(found.id, 'active', ['suspended', 'archived']);
      if (open === undefined) {
        throw failure('room/wrong-state', { room: found.name, state: 'active already', hint: 'join it' });
      }
      request.log.info({ room: open.name, by: callerOf(request).userId }, 'room reactivated');
      return roomView(open);
    },
  );
}

const closeSchema = operation({
  summary: 'Close any room',
  description: 'It is archived, as when its owner closes it.',
  tag: 'Administration',
  params: roomPath,
  answers: { 200: { description: 'It is archived.', schema: room } },
  refusals: [...refusals, 'room/inactive'],
});

/** DELETE /api/admin/rooms/:roomId */
export function closeAnyRoom(scope: App, context: ServerContext): void {
  scope.delete<{ Params: RoomPath }>('/rooms/:roomId', { schema: closeSchema }, async (request) => {
    const found = await roomOf(request, context);
    const message = 'This room has been closed by an administrator';
    return roomView(await shut(request, context, found, 'archived', { event: 'room_closed', message }));
  });
}

/** The room that a request is about, in whatever state. @throws Failure `room/not-found` */
async function roomOf(
  { params: { roomId } }: FastifyRequest<{ Params: RoomPath }>,
  { store }: Pick<ServerContext, 'store'>,
): Promise<Room> {
  return requireRoom(await store.rooms.byId(roomId), roomId);
}
