/** Tracks that are muted from afar. */
import { failure } from '../../core/errors.ts';
import { twirpCode } from '../../sfu/twirp.ts';
import type { App, ParticipantControl, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { type SourceName, sourceNumbers, sourceSchema } from './permission-fields.ts';
import {
  aboutParticipant,
  type ParticipantPath,
  participantPath,
  participantRefusals,
  type Target,
  targetOf,
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

const muted = {
  description: 'The tracks it concerned.',
  schema: {
    type: 'object',
    required: ['status', 'tracks'],
    properties: {
      status: { const: 'success' },
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
};

const muteSchema = operation({
  summary: 'Mute tracks of a participant',
  description:
    'Without a body: the microphone. `muted: false` works only where LiveKit’s `room.enable_remote_unmute` is on.',
  tag: 'Participants',
  params: participantPath,
  body,
  answers: { 200: muted },
  refusals: [...participantRefusals, 'room/no-such-track', 'room/unmute-refused'],
});

/**
 * POST /api/room/:roomId/mute/:identity: mutes the track that is named, or else all of one source, the microphone
 * where none is said.
 * @param path where administrators have it too
 */
export function mute(scope: App, { store, sfu }: ServerContext, path = '/:roomId/mute/:identity'): void {
  scope.post<{ Params: ParticipantPath; Body: Body | null }>(
    path,
    {
      schema: muteSchema,
      // A mute without a body is the usual one.
      preValidation: async (request) => {
        request.body ??= {} as Body;
      },
    },
    async (request) => {
      const target = await targetOf(request, store, 'moderate');
      const { muted, trackSid, source } = request.body as Body;
      const tracks = await muteTracks(await sfu.control(), target, muted, (track) =>
        trackSid === undefined ? track.source === sourceNumbers[source] : track.sid === trackSid,
      );
      if (tracks.length === 0) {
        throw failure('room/no-such-track', { identity: target.identity, track: trackSid ?? source });
      }
      const { room, identity, caller } = target;
      request.log.info({ room: room.name, identity, muted, by: caller.userId }, 'tracks muted');
      return { status: 'success', tracks };
    },
  );
}

const videoSchema = operation({
  summary: 'Turn a participant’s camera off',
  description: 'Also the caller’s own. They can turn it on again.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: muted },
  refusals: participantRefusals,
});

/** POST /api/room/:roomId/video/:identity/off */
export function videoOff(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/video/:identity/off',
    { schema: videoSchema },
    async (request) => {
      const target = await targetOf(request, store, 'moderate', { onSelf: true });
      const tracks = await muteTracks(await sfu.control(), target, true, fromSource('camera'));
      return { status: 'success', tracks };
    },
  );
}

const screenSchema = operation({
  summary: 'Stop a participant’s screen share',
  description: 'Its picture and its sound.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: muted },
  refusals: participantRefusals,
});

/** POST /api/room/:roomId/screenshare/:identity/stop */
export function stopScreenShare(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/screenshare/:identity/stop',
    { schema: screenSchema },
    async (request) => {
      const target = await targetOf(request, store, 'moderate');
      const chosen = fromSource('screen_share', 'screen_share_audio');
      return { status: 'success', tracks: await muteTracks(await sfu.control(), target, true, chosen) };
    },
  );
}

interface Track {
  sid: string;
  source: number;
}

function fromSource(...names: SourceName[]): (track: Track) => boolean {
  return ({ source }) => names.some((name) => sourceNumbers[name] === source);
}

/** @throws Failure `room/no-such-participant`, `room/unmute-refused` */
async function muteTracks(
  control: ParticipantControl,
  { room, identity }: Target,
  muted: boolean,
  chosen: (track: Track) => boolean,
): Promise<{ sid: string; muted: boolean }[]> {
  const { tracks } = await aboutParticipant(room, identity, control.getParticipant(room.name, identity));
  const sids = tracks.filter(chosen).map(({ sid }) => sid);
  await Promise.all(
    sids.map((sid) =>
      control.mutePublishedTrack(room.name, identity, sid, muted).catch((error: unknown) => {
        if (muted || twirpCode(error) !== 'failed_precondition') throw error;
        throw failure('room/unmute-refused', { identity }, error);
      }),
    ),
  );
  return sids.map((sid) => ({ sid, muted }));
}
