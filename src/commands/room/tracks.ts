/** Which tracks are meant, and muting them. */
import { failure } from '../../core/errors.ts';
import { kindOf, type ParticipantInfo, sourceName, type TrackInfo } from '../../sfu/participants.ts';
import type { RoomOperations } from '../../sfu/rooms.ts';
import { twirpCode } from '../../sfu/twirp.ts';
import { requireRoom } from './access.ts';
import type { Done } from './bulk.ts';

export interface TrackChoice {
  room: string;
  /** SIDs; empty: by source and kind. */
  tracks: string[];
  source: string | undefined;
  /** `audio`, `video`, `all`; undefined: audio, or whatever the source is. */
  kind: string | undefined;
}

/** Who publishes each of `sids`. @throws Failure `sfu/not-found` for a track that nobody publishes */
export async function ownersOf(sids: string[], room: string, rooms: RoomOperations): Promise<string[]> {
  await requireRoom(rooms, room);
  const present = await rooms.listParticipants(room);
  return sids.map((sid) => {
    const owner = present.find(({ tracks }) => tracks.some((track) => track.sid === sid));
    if (owner) return owner.identity;
    const hint = 'bedrud room participants --json shows the tracks';
    throw failure('sfu/not-found', { what: `nobody in ${room} publishes ${sid}`, hint });
  });
}

/**
 * Mutes or unmutes the tracks of `participant` that `choice` means.
 * @throws Failure `sfu/not-found` when none of the SIDs is theirs, `room/unmute-refused`
 */
export async function setMuted(
  participant: ParticipantInfo,
  muted: boolean,
  choice: TrackChoice,
  rooms: RoomOperations,
): Promise<Done> {
  const tracks = participant.tracks.filter((track) => isChosen(track, choice));
  if (tracks.length === 0 && choice.tracks.length > 0) throw noTrack(participant, choice.tracks);
  for (const track of tracks) {
    if (track.muted !== muted) await setTrackMuted(participant.identity, track, muted, choice.room, rooms);
  }
  const names = tracks.map((track) => `${kindOf(track)} ${sourceName(track.source)} ${track.sid}`);
  const done = muted ? 'muted' : 'unmuted';
  return {
    says: names.length === 0 ? 'publishes no such track' : `${done}: ${names.join(', ')}`,
    facts: { tracks: tracks.map(({ sid }) => ({ sid, muted })) },
  };
}

function isChosen(track: TrackInfo, { tracks, source, kind }: TrackChoice): boolean {
  if (tracks.length > 0) return tracks.includes(track.sid);
  if (source !== undefined && sourceName(track.source) !== source) return false;
  const wanted = kind ?? (source === undefined ? 'audio' : 'all');
  return wanted === 'all' || kindOf(track) === wanted;
}

async function setTrackMuted(
  identity: string,
  track: TrackInfo,
  muted: boolean,
  room: string,
  rooms: RoomOperations,
): Promise<void> {
  try {
    await rooms.mutePublishedTrack(room, identity, track.sid, muted);
  } catch (error) {
    if (muted || twirpCode(error) !== 'failed_precondition') throw error;
    throw failure('room/unmute-refused', { identity }, error);
  }
}

function noTrack({ identity, tracks }: ParticipantInfo, sids: string[]): Error {
  const has = tracks.map((track) => `${track.sid} (${kindOf(track)} ${sourceName(track.source)})`);
  return failure('sfu/not-found', {
    what: `${identity} does not publish ${sids.join(', ')}`,
    hint: has.length === 0 ? 'they publish nothing' : `they publish ${has.join(', ')}`,
  });
}
