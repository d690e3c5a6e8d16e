/** A participant as LiveKit has them, as the API shows them. */
import type { ParticipantControl } from '../context.ts';

type Participant = Awaited<ReturnType<ParticipantControl['getParticipant']>>;

/** LiveKit's names, by their numbers. */
const states = ['JOINING', 'JOINED', 'ACTIVE', 'DISCONNECTED'];
const trackTypes = ['AUDIO', 'VIDEO', 'DATA'];
const trackSources = ['UNKNOWN', 'CAMERA', 'MICROPHONE', 'SCREEN_SHARE', 'SCREEN_SHARE_AUDIO'];

export function participantView(participant: Participant) {
  const { sid, identity, name, state, joinedAt, isPublisher, tracks } = participant;
  return {
    sid,
    identity,
    name,
    state: states[state] ?? 'UNKNOWN',
    joinedAt: Number(joinedAt),
    isPublisher,
    tracks: tracks.map((track) => ({
      sid: track.sid,
      type: trackTypes[track.type] ?? 'UNKNOWN',
      source: trackSources[track.source] ?? 'UNKNOWN',
      muted: track.muted,
    })),
  };
}

export const participantSchema = {
  type: 'object',
  required: ['sid', 'identity', 'name', 'state', 'joinedAt', 'isPublisher', 'tracks'],
  properties: {
    sid: { type: 'string' },
    identity: { type: 'string' },
    name: { type: 'string' },
    state: { enum: [...states, 'UNKNOWN'] },
    joinedAt: { type: 'integer', description: 'In seconds since 1970.' },
    isPublisher: { type: 'boolean' },
    tracks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['sid', 'type', 'source', 'muted'],
        properties: {
          sid: { type: 'string' },
          type: { enum: [...trackTypes, 'UNKNOWN'] },
          source: { enum: trackSources },
          muted: { type: 'boolean' },
        },
      },
    },
  },
};
