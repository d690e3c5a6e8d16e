/** Who is connected at the moment, all over the server. */
import type { App, ServerContext } from '../../context.ts';
import { operation, sfuRefusals } from '../../openapi/operation.ts';
import { participantSchema, participantView } from '../../openapi/participant.ts';
import { ifThere, type RoomPath, requireRoom, roomPath, roomView } from '../room.ts';

const countSchema = operation({
  summary: 'How many people are connected',
  description: 'Told from the database; who is in two rooms counts once.',
  tag: 'Administration',
  answers: {
    200: {
      description: 'Their number.',
      schema: { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
    },
  },
  refusals: ['api/forbidden'],
});

/** GET /api/admin/online-count */
export function onlineCount(scope: App, { store }: ServerContext): void {
  scope.get('/online-count', { schema: countSchema }, async () => ({ count: await store.sessions.online() }));
}

const participantsSchema = operation({
  summary: 'Who is in a room, and what they are doing',
  tag: 'Administration',
  params: roomPath,
  answers: {
    200: {
      description: 'As LiveKit has them.',
      schema: {
        type: 'object',
        required: ['participants', 'room'],
        properties: { participants: { type: 'array', items: participantSchema }, room: { $ref: 'Room#' } },
      },
    },
  },
  refusals: ['api/forbidden', 'room/not-found', ...sfuRefusals],
});

/** GET /api/admin/rooms/:roomId/participants */
export function listParticipants(scope: App, { store, sfu }: ServerContext): void {
  scope.get<{ Params: RoomPath }>(
    '/rooms/:roomId/participants',
    { schema: participantsSchema },
    async ({ params }) => {
      const room = requireRoom(await store.rooms.byId(params.roomId), params.roomId);
      const control = await sfu.control();
      const there = await ifThere(control.listParticipants(room.name));
      return { participants: (there?.value ?? []).map(participantView), room: roomView(room) };
    },
  );
}
