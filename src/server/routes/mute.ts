import { failure } from '../../core/errors.ts';
import { callerOf, requireModerator } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { type SourceName, sourceNumbers, sourceSchema } from './permission-fields.ts';
import {
  aboutParticipant,
  activeRoom,
  type ParticipantPath,
  participantPath,
  participantRefusals,
} from './room.ts';

interface Body {
  muted: boolean;
  trackSid?: string;
  source: SourceName;
}

const body = {
  type: 'object',
  additionalProperties: false,
  properties: {
    muted: { type: 'boolean', default: true },
    trackSid: { type: 'string', minLength: 1, maxLength: 64 },
    source: { ...sourceSchema, default: 'microphone' },
  },
};

const schema = operation({
  summary: 'Mute tracks of a participant',
  description:
    'Without a body: the microphone. `muted: false` works only where LiveKit’s `room.enable_remote_unmute` is on.',
  tag: 'Participants',
  params: participantPath,
  body,
  answers: {
    200: {
      description: 'The tracks it concerned.',
      schema: {
        type: 'object',
        required: ['tracks'],
        properties: {
          tracks: {
            type: 'array',
            items: {
              type: 'object',
              required: ['sid', 'muted'],
              properties: { sid: { type: 'string' }, muted: { type: 'boolean' } },
            },
          },
        },
      },
    },
  },
  refusals: [...participantRefusals, 'room/no-such-track'],
});

/**
 * POST /api/room/:roomId/mute/:identity: mutes the track that is named, or else all of one source, the microphone
 * where none is said. Unmuting (`muted: false`) works only where LiveKit has room.enable_remote_unmute.
 */
export function mute(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath; Body: Body | null }>(
    '/:roomId/mute/:identity',
    {
      schema,
      // A mute without a body is the usual one.
      preValidation: async (request) => {
        request.body ??= {} as Body;
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { roomId, identity } = request.params;
      const { muted, trackSid, source } = request.body as Body;
      const room = await activeRoom(store, roomId);
      requireModerator(caller, room, identity);
      const control = await sfu.control();
      const { tracks } = await aboutParticipant(room, identity, control.getParticipant(room.name, identity));
      const chosen = tracks.filter(({ sid, source: number }) =>
        trackSid === undefined ? number === sourceNumbers[source] : sid === trackSid,
      );
      if (chosen.length === 0) throw failure('room/no-such-track', { identity, track: trackSid ?? source });
      await Promise.all(chosen.map(({ sid }) => control.mutePublishedTrack(room.name, identity, sid, muted)));
      request.log.info({ room: room.name, identity, muted, by: caller.userId }, 'tracks muted');
      return { tracks: chosen.map(({ sid }) => ({ sid, muted })) };
    },
  );
}
