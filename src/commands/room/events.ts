/** What changed between two looks at the rooms, in the words of LiveKit's webhooks where they have one. */

export type Snapshot = Map<string, Map<string, Seen>>;
/** A participant as watch knows them. */
export interface Seen {
  sid: string;
  tracks: Map<string, { source: string; muted: boolean }>;
}

export interface WatchEvent {
  event:
    | 'room_started'
    | 'room_finished'
    | 'participant_joined'
    | 'participant_left'
    | 'track_published'
    | 'track_unpublished'
    | 'track_muted'
    | 'track_unmuted'
    | 'sfu_lost'
    | 'sfu_recovered';
  room?: string;
  identity?: string;
  /** The track's SID. */
  track?: string;
  source?: string;
  reason?: string;
  /** It was so when watching began. */
  initial?: true;
}

/** Everything that happened between `before` and `after`. */
export function* changes(before: Snapshot, after: Snapshot): Generator<WatchEvent> {
  for (const [room, people] of before) {
    yield* leaving(room, people, after.get(room));
    if (!after.has(room)) yield { event: 'room_finished', room };
  }
  for (const [room, people] of after) {
    const known = before.get(room);
    if (known === undefined) yield { event: 'room_started', room };
    for (const [identity, now] of people) {
      const was = known?.get(identity);
      const same = was?.sid === now.sid ? was : undefined;
      if (same === undefined) yield { event: 'participant_joined', room, identity };
      yield* trackChanges(room, identity, same, now);
    }
  }
}

function* leaving(
  room: string,
  people: Map<string, Seen>,
  now: Map<string, Seen> | undefined,
): Generator<WatchEvent> {
  for (const [identity, { sid }] of people) {
    // The same identity with another SID left and came back between the two looks.
    if (now?.get(identity)?.sid !== sid) yield { event: 'participant_left', room, identity };
  }
}

function* trackChanges(
  room: string,
  identity: string,
  was: Seen | undefined,
  now: Seen,
): Generator<WatchEvent> {
  for (const [track, { source }] of was?.tracks ?? []) {
    if (!now.tracks.has(track)) yield { event: 'track_unpublished', room, identity, track, source };
  }
  for (const [track, { source, muted }] of now.tracks) {
    const known = was?.tracks.get(track);
    if (known === undefined) yield { event: 'track_published', room, identity, track, source };
    if (muted !== (known?.muted ?? false)) {
      yield { event: muted ? 'track_muted' : 'track_unmuted', room, identity, track, source };
    }
  }
}
