import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { duration, optionalArgument } from '../../cli/parameters.ts';
import { Failure } from '../../core/errors.ts';
import type { ParticipantInfo } from '../../sfu/participants.ts';
import type { RoomOperations } from '../../sfu/rooms.ts';
import { connectionOptions } from '../shared/connection.ts';
import { roomsOf } from './access.ts';
import { changes, type Snapshot, type WatchEvent } from './events.ts';

const defaultIntervalMs = 1000;

export const watch = defineCommand({
  path: 'room watch',
  summary: 'print who comes, goes, publishes and mutes, until interrupted',
  description:
    'Asks the server again and again, so what begins and ends between two looks is not seen. A server that goes away is waited for. With --format json each line is one JSON object.',
  parameters: {
    room: optionalArgument('ROOM', 'one room; otherwise all'),
    interval: duration('--interval <duration>', 'between two looks', { fallbackText: '1s' }),
    ...connectionOptions,
  },
  examples: [
    { run: 'bedrud room watch standup', does: 'follow one room' },
    { run: 'bedrud room watch --json | jq .identity', does: 'follow all rooms in a script' },
  ],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    const { stateOf, sourceName } = await import('../../sfu/participants.ts');
    const look = async (): Promise<Snapshot> => {
      const found = await rooms.listRooms(input.room === undefined ? undefined : [input.room]);
      const snapshot: Snapshot = new Map();
      for (const { name } of found) {
        const present = await participantsOf(rooms, name);
        const here = present.filter((participant) => stateOf(participant) !== 'disconnected');
        snapshot.set(name, new Map(here.map((participant) => [participant.identity, seen(participant)])));
      }
      return snapshot;
    };
    const seen = ({ sid, tracks }: ParticipantInfo) => ({
      sid,
      tracks: new Map(
        tracks.map((track) => [track.sid, { source: sourceName(track.source), muted: track.muted }]),
      ),
    });
    // A server that can't be reached at all is more likely a wrong address: that ends the command.
    const first = await look();
    if (first.size === 0)
      context.notice(input.room === undefined ? 'no rooms yet' : `${input.room} does not exist yet`);
    return { lines: follow(first, look, input.interval ?? defaultIntervalMs, context) };
  },
});

async function* follow(
  first: Snapshot,
  look: () => Promise<Snapshot>,
  intervalMs: number,
  context: Context,
): AsyncGenerator<string> {
  const print = (event: WatchEvent) => {
    const at = context.host.now().toISOString();
    return context.format === 'json' ? JSON.stringify({ time: at, ...event }) : `${at} ${inWords(event)}`;
  };
  for (const event of changes(new Map(), first)) yield print({ ...event, initial: true });
  let before = first;
  let lost = false;
  while (await waited(intervalMs, context.signal)) {
    let after: Snapshot;
    try {
      after = await look();
    } catch (error) {
      if (context.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      if (!lost) yield print({ event: 'sfu_lost', reason: error.message });
      lost = true;
      continue;
    }
    if (lost) yield print({ event: 'sfu_recovered' });
    lost = false;
    for (const event of changes(before, after)) yield print(event);
    before = after;
  }
}

/** A room may close between the two questions. */
async function participantsOf(rooms: RoomOperations, room: string): Promise<ParticipantInfo[]> {
  try {
    return await rooms.listParticipants(room);
  } catch (error) {
    if (error instanceof Failure && error.code === 'sfu/not-found') return [];
    throw error;
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}

function inWords({ event, room, identity, track, source, reason, initial }: WatchEvent): string {
  const what = event
    .replaceAll('_', ' ')
    .replace('participant joined', initial ? 'participant is here' : 'participant joined');
  const words = [room, what, identity, source, track, reason].filter((word) => word !== undefined);
  return words.join('  ');
}
