/** Participants and tracks, in words. */
import {
  type ParticipantInfo,
  ParticipantInfo_State,
  type TrackInfo,
  TrackSource,
  TrackType,
} from 'livekit-server-sdk';
import type { TrackSourceName } from './tokens.ts';

export type { ParticipantInfo, ParticipantPermission, Room, TrackInfo } from 'livekit-server-sdk';

const numbers: Record<TrackSourceName, TrackSource> = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

/** `microphone`; `unknown` for a track that says nothing of its source. */
export function sourceName(source: TrackSource): TrackSourceName | 'unknown' {
  const found = Object.entries(numbers).find(([, number]) => number === source);
  return found ? (found[0] as TrackSourceName) : 'unknown';
}

export function sourceNumber(name: TrackSourceName): TrackSource {
  return numbers[name];
}

export function kindOf(track: TrackInfo): 'audio' | 'video' | 'data' {
  if (track.type === TrackType.AUDIO) return 'audio';
  return track.type === TrackType.VIDEO ? 'video' : 'data';
}

/** `joining`, `joined`, `active`, `disconnected`. */
export function stateOf(participant: ParticipantInfo): string {
  return ParticipantInfo_State[participant.state]?.toLowerCase() ?? 'unknown';
}
