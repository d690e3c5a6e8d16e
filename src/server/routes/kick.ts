import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { tell } from '../tell.ts';
import {
  aboutParticipant,
  type ParticipantPath,
  participantPath,
  participantRefusals,
  targetOf,
} from './room.ts';

const schema = operation({
  summary: 'Put a participant out',
  description: 'The seat is free at once. They may come back; a ban prevents that.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They are out.', schema: { $ref: 'Done#' } } },
  refusals: participantRefusals,
});

/**
 * POST /api/room/:roomId/kick/:identity: puts a participant out, and frees the seat.
 * @param path where administrators have it too
 */
export function kick(scope: App, { store, sfu, log }: ServerContext, path = '/:roomId/kick/:identity'): void {
  scope.post<{ Params: ParticipantPath }>(path, { schema }, async (request) => {
    const { caller, room, identity } = await targetOf(request, store, 'moderate');
    const control = await sfu.control();
    await aboutParticipant(room, identity, control.removeParticipant(room.name, identity));
    await store.admissions.withdraw(room.id, identity);
    await tell(control, log, room.name, { event: 'kick', actor: caller.userId, target: identity });
    request.log.info({ room: room.name, identity, by: caller.userId }, 'participant kicked');
    return { status: 'success' };
  });
}
