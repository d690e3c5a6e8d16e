/** What moderators ask of clients: messages that Bedrud's clients act on. LiveKit hands them on and does nothing itself. */
import { twirpCode } from '../../sfu/twirp.ts';
import type { App, ServerContext } from '../context.ts';
import { operation, sfuRefusals } from '../openapi/operation.ts';
import { send } from '../tell.ts';
import { type ParticipantPath, participantPath, roomRefusals, targetOf } from './room.ts';

interface Signal {
  /** Of the path, after the room. */
  path: string;
  summary: string;
  /** What clients hear. */
  event: string;
  /** Who hears it: the one it is about, or all. */
  to: 'them' | 'everybody';
}

const signals: readonly Signal[] = [
  { path: 'deafen/:identity', summary: 'Have a participant hear nothing', event: 'deafen', to: 'them' },
  { path: 'undeafen/:identity', summary: 'Have a participant hear again', event: 'undeafen', to: 'them' },
  {
    path: 'ask/:identity/unmute',
    summary: 'Ask a participant to unmute themselves',
    event: 'ask_unmute',
    to: 'them',
  },
  {
    path: 'ask/:identity/camera',
    summary: 'Ask a participant to turn the camera on',
    event: 'ask_camera',
    to: 'them',
  },
  {
    path: 'spotlight/:identity',
    summary: 'Have everybody see a participant first',
    event: 'spotlight',
    to: 'everybody',
  },
];

/** POST /api/room/:roomId/deafen/:identity and the like. */
export function sendSignals(scope: App, { store, sfu }: ServerContext): void {
  for (const { path, summary, event, to } of signals) {
    const schema = operation({
      summary,
      description: `Clients get \`${event}\` on the topic \`system\`, and do it.`,
      tag: 'Participants',
      params: participantPath,
      answers: { 200: { description: 'It was sent, to whoever is there.', schema: { $ref: 'Done#' } } },
      refusals: ['api/forbidden', ...roomRefusals, ...sfuRefusals],
    });
    scope.post<{ Params: ParticipantPath }>(`/:roomId/${path}`, { schema }, async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'moderate', {
        onSelf: to === 'everybody',
      });
      const message = { event, actor: caller.userId, target: identity };
      const only = to === 'them' ? [identity] : [];
      await send(await sfu.control(), room.name, message, only).catch(async (error: unknown) => {
        // What LiveKit says of a room that it doesn't have is what it says of one whose node doesn't answer.
        const unknown = twirpCode(error) === 'unavailable';
        if (!unknown || (await store.sessions.presentIn(room.id)).length > 0) throw error;
      });
      return { status: 'success' };
    });
  }
}
