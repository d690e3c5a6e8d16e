import { failure } from '../../core/errors.ts';
import { callerOf, requireModerator } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import {
  aboutParticipant,
  activeRoom,
  type ParticipantPath,
  participantPath,
  participantRefusals,
} from './room.ts';

const schema = operation({
  summary: 'Put a participant out',
  description: 'The seat is free at once. They may come back; a ban prevents that.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They are out.', schema: { $ref: 'Done#' } } },
  refusals: participantRefusals,
});

/** POST /api/room/:roomId/kick/:identity: puts a participant out, and frees the seat. */
export function kick(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>('/:roomId/kick/:identity', { schema }, async (request) => {
    const caller = callerOf(request);
    const { roomId, identity } = request.params;
    const room = await activeRoom(store, roomId);
    requireModerator(caller, room, identity);
    if (identity === caller.userId) {
      throw failure('api/invalid', {
        problem: 'you cannot put yourself out',
        hint: 'leave the room instead',
      });
    }
    const control = await sfu.control();
    await aboutParticipant(room, identity, control.removeParticipant(room.name, identity));
    await store.sessions.withdraw(room.id, identity);
    request.log.info({ room: room.name, identity, by: caller.userId }, 'participant kicked');
    return { status: 'success' };
  });
}
