/** What the owner of a room, and the administrators, do to it: change what it is like, and close it. */
import type { FastifyRequest } from 'fastify';
import { failure } from '../../core/errors.ts';
import type { Room, RoomState } from '../../store/index.ts';
import { type Caller, callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { endRoom } from '../door.ts';
import { operation } from '../openapi/operation.ts';
import { may, requireMay } from '../policy.ts';
import { tell } from '../tell.ts';
import { type RoomPath, requireActive, requireRoom, roomPath, roomRefusals, roomView } from './room.ts';
import { type RoomSettings, requireSeats, settingsSchema } from './room-fields.ts';

interface Change {
  isPublic?: boolean;
  maxParticipants?: number;
  settings?: Partial<RoomSettings>;
}

export const changeBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    isPublic: { type: 'boolean' },
    maxParticipants: { type: 'integer', minimum: 0, description: 'Seats; 0: any number.' },
    settings: settingsSchema,
  },
};

const settingsOperation = operation({
  summary: 'Change what a room is like',
  description:
    'What the body does not name stays as it is. Who is there stays, also in a room that becomes private or smaller. `isPersistent` is for superadmins; from others it is passed over.',
  tag: 'Rooms',
  params: roomPath,
  body: changeBody,
  answers: { 200: { description: 'The room as it is now.', schema: { $ref: 'Room#' } } },
  refusals: ['api/forbidden', ...roomRefusals],
});

/** PUT /api/room/:roomId/settings */
export function changeSettings(scope: App, context: ServerContext): void {
  scope.put<{ Params: RoomPath; Body: Change }>(
    '/:roomId/settings',
    { schema: settingsOperation },
    async (request) => {
      const room = await managed(request, context, requireActive);
      return roomView(await changeRoom(request, context, room));
    },
  );
}

const closeOperation = operation({
  summary: 'Close a room',
  description:
    'Everybody in it is put out, and it is archived: nobody joins it any more, and its name is free (to its owner at once, to others after ten minutes).',
  tag: 'Rooms',
  params: roomPath,
  answers: { 200: { description: 'It is archived.', schema: { $ref: 'Room#' } } },
  refusals: ['api/forbidden', 'room/not-found', 'room/inactive'],
});

/** DELETE /api/room/:roomId */
export function closeRoom(scope: App, context: ServerContext): void {
  scope.delete<{ Params: RoomPath }>('/:roomId', { schema: closeOperation }, async (request) => {
    const room = await managed(request, context, requireRoom);
    const message = 'The meeting has been ended by the creator';
    return roomView(await shut(request, context, room, 'archived', { event: 'room_ended', message }));
  });
}

async function managed(
  request: FastifyRequest<{ Params: RoomPath }>,
  { store }: ServerContext,
  require: (room: Room | undefined, asked: string) => Room,
): Promise<Room> {
  const { roomId } = request.params;
  const room = require(await store.rooms.byId(roomId), roomId);
  requireMay('manage', callerOf(request), { room });
  return room;
}

/** @throws Failure `api/invalid`, `room/not-found` */
export async function changeRoom(
  request: FastifyRequest<{ Body: Change }>,
  { store, config }: ServerContext,
  room: Room,
): Promise<Room> {
  const caller = callerOf(request);
  const { maxParticipants, settings } = request.body;
  if (maxParticipants !== undefined) requireSeats(maxParticipants, config.server.maxParticipantsLimit);
  const change = { ...request.body, ...(settings ? { settings: allowedTo(caller, settings) } : {}) };
  const changed = requireRoom(await store.rooms.update(room.id, change), room.id);
  request.log.info({ room: room.name, change, by: caller.userId }, 'room changed');
  return changed;
}

function allowedTo(caller: Caller, settings: Partial<RoomSettings>): Partial<RoomSettings> {
  if (may('makePersistent', caller)) return settings;
  const { isPersistent: _, ...others } = settings;
  return others;
}

/**
 * Archives or suspends a room and puts everybody out. Should LiveKit not answer, they are put out once it does.
 * @throws Failure `room/inactive` when it was archived before, `room/wrong-state` when it was suspended
 */
export async function shut(
  request: FastifyRequest,
  { store, sfu, log }: ServerContext,
  room: Room,
  state: Exclude<RoomState, 'active'>,
  message: { event: string; message: string },
): Promise<Room> {
  const from = state === 'archived' ? (['active', 'suspended'] as const) : (['active'] as const);
  const shut = await store.rooms.setState(room.id, state, from);
  if (shut === undefined) {
    if (room.state === 'suspended') {
      throw failure('room/wrong-state', {
        room: room.name,
        state: 'suspended already',
        hint: 'reactivate it',
      });
    }
    throw failure('room/inactive', { room: room.name });
  }
  request.log.info({ room: room.name, state, by: callerOf(request).userId }, 'room shut');
  // LiveKit takes seconds to find that a room which it doesn't have hears nothing.
  if ((await store.sessions.presentIn(room.id)).length > 0)
    await tell(await sfu.control(), log, room.name, message);
  await endRoom({ sfu, log }, room.name);
  return shut;
}
