import { failure } from '../../core/errors.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { limited } from '../rate-limit.ts';
import { requireActive, roomName, roomRefusals } from './room.ts';

const schema = operation({
  summary: 'Could a guest join a room?',
  description: 'Takes no seat.',
  tag: 'Rooms',
  caller: 'optional',
  params: {
    type: 'object',
    required: ['roomName'],
    properties: { roomName: { ...roomName.schema, minLength: 1 } },
  },
  answers: {
    200: {
      description: 'It is public, and has a free seat.',
      schema: {
        type: 'object',
        required: ['exists', 'name'],
        properties: { exists: { const: true }, name: { type: 'string' } },
      },
    },
  },
  refusals: [...roomRefusals, 'room/private', 'room/full', 'api/rate-limited'],
});

/** GET /api/room/check/:roomName */
export function checkRoom(scope: App, { store, config }: ServerContext): void {
  scope.get<{ Params: { roomName: string } }>(
    '/check/:roomName',
    { schema, ...limited('guest', config.rateLimit) },
    async (request) => {
      const name = roomName.normal(request.params.roomName);
      const room = requireActive(await store.rooms.byName(name), name);
      if (!room.isPublic) throw failure('room/private', { room: room.name });
      const seats = room.maxParticipants;
      if (seats > 0 && (await store.sessions.seatsTaken(room.id)) >= seats)
        throw failure('room/full', { seats });
      return { exists: true, name: room.name };
    },
  );
}
