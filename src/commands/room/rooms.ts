import { defineCommand } from '../../cli/command.ts';
import { argument, duration, integer, manyArguments, text } from '../../cli/parameters.ts';
import { concurrently } from '../../core/concurrently.ts';
import { formatDuration } from '../../core/duration.ts';
import { exitStatus, Failure, failure } from '../../core/errors.ts';
import type { Style } from '../../report/text/style.ts';
import type { ParticipantInfo, Room } from '../../sfu/participants.ts';
import { connectionOptions } from '../shared/connection.ts';
import { json, requireRoom, roomsOf } from './access.ts';

export const list = defineCommand({
  path: 'room list',
  summary: 'list the rooms that exist',
  description:
    'A room exists once somebody has joined it, or after bedrud room create, until it has been empty for a while.',
  parameters: {
    match: text('--match <glob>', 'rooms whose name matches: "class-*"'),
    ...connectionOptions,
  },
  examples: [{ run: 'bedrud room list', does: 'who is meeting now' }],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    const [all, { default: picomatch }] = await Promise.all([rooms.listRooms(), import('picomatch')]);
    const matches =
      input.match === undefined ? () => true : picomatch(input.match, { dot: true, bash: true });
    const found = all.filter(({ name }) => matches(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (found.length === 0) {
      context.notice(
        all.length === 0
          ? 'no rooms: one exists once somebody has joined it'
          : `no room matches ${input.match}`,
      );
    }
    const { textTable } = await import('../../report/text/table.ts');
    const now = context.host.now();
    const rows = found.map((room) => [
      room.name,
      String(room.numParticipants),
      String(room.numPublishers),
      age(room, now),
      room.sid,
    ]);
    return {
      data: { rooms: found.map(json) },
      text: (style) =>
        rows.length === 0 ? '' : textTable(['ROOM', 'PARTICIPANTS', 'PUBLISHERS', 'AGE', 'SID'], rows, style),
    };
  },
});

export const info = defineCommand({
  path: 'room info',
  summary: 'show one room',
  parameters: { room: argument('ROOM', 'the room'), ...connectionOptions },
  examples: [{ run: 'bedrud room info standup', does: 'its limits, age and metadata' }],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    const room = await requireRoom(rooms, input.room);
    const { textTable } = await import('../../report/text/table.ts');
    const seconds = (value: number) => (value === 0 ? 'not set' : formatDuration(value * 1000));
    const rows = [
      ['sid', room.sid],
      [
        'participants',
        `${room.numParticipants}${room.maxParticipants > 0 ? ` of ${room.maxParticipants}` : ''}`,
      ],
      ['publishers', String(room.numPublishers)],
      ['age', age(room, context.host.now())],
      ['ends when empty for', seconds(room.departureTimeout || room.emptyTimeout)],
      ['being recorded', room.activeRecording ? 'yes' : 'no'],
      ['metadata', room.metadata],
    ];
    return { data: json(room), text: (style) => textTable(['ROOM', room.name], rows, style) };
  },
});

export const create = defineCommand({
  path: 'room create',
  summary: 'create a room before anybody joins it',
  parameters: {
    room: argument('ROOM', 'its name'),
    emptyTimeout: duration('--empty-timeout <duration>', 'how long it waits for the first participant'),
    departureTimeout: duration('--departure-timeout <duration>', 'how long it stays after the last one left'),
    maxParticipants: integer('--max-participants <n>', 'how many fit in; 0: any number'),
    metadata: text('--metadata <text>', 'metadata of the room'),
    ...connectionOptions,
  },
  examples: [{ run: 'bedrud room create standup --max-participants 12', does: 'a room for twelve' }],
  async run(input, context) {
    // The server takes an empty name and makes a room that nobody can join.
    if (input.room === '')
      throw failure('usage/invalid', { problem: 'the room has no name', hint: 'give it one' });
    const rooms = await roomsOf(input, context);
    const existed = (await rooms.listRooms([input.room])).length > 0;
    if (existed) context.notice(`${input.room} exists already`);
    const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.ceil(ms / 1000));
    const options = {
      emptyTimeout: seconds(input.emptyTimeout),
      departureTimeout: seconds(input.departureTimeout),
      maxParticipants: input.maxParticipants,
      metadata: input.metadata,
    };
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const room = await rooms.createRoom({ name: input.room, ...given });
    return { data: json(room), text: `${room.name} ${room.sid}` };
  },
});

export const close = defineCommand({
  path: 'room close',
  summary: 'close rooms, putting everybody out',
  parameters: { rooms: manyArguments('ROOM', 'the rooms'), ...connectionOptions },
  examples: [{ run: 'bedrud room close standup', does: 'end the meeting for all' }],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    const results = await concurrently([...new Set(input.rooms)], 8, async (room) => {
      try {
        // Old servers answer 200 for a room that isn't there.
        await requireRoom(rooms, room);
        await rooms.deleteRoom(room);
        return { room, ok: true };
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'sfu/not-found') throw error;
        return { room, ok: false, error: error.message, hint: error.hint };
      }
    });
    const line = (style: Style) => (result: (typeof results)[number]) =>
      result.ok
        ? `${style.ok('✓')} ${result.room} is closed`
        : `${style.error('✗')} ${result.error}\n  ${style.dim('→')} ${result.hint}`;
    return {
      data: { results },
      text: (style) => results.map(line(style)).join('\n'),
      status: results.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.findings,
    };
  },
});

export const participants = defineCommand({
  path: 'room participants',
  summary: 'list who is in a room, with what they publish and may do',
  parameters: { room: argument('ROOM', 'the room'), ...connectionOptions },
  examples: [{ run: 'bedrud room participants standup --json', does: 'for a script' }],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    await requireRoom(rooms, input.room);
    const present = await rooms.listParticipants(input.room);
    if (present.length === 0) context.notice(`nobody is in ${input.room}`);
    const [{ textTable }, words] = await Promise.all([
      import('../../report/text/table.ts'),
      import('../../sfu/participants.ts'),
    ]);
    const now = context.host.now();
    const rows = present.map((participant) => [
      participant.identity,
      participant.name,
      words.stateOf(participant),
      participant.tracks
        .map((track) => `${words.sourceName(track.source)}${track.muted ? ' (muted)' : ''}`)
        .join(', '),
      limits(participant),
      span(Number(participant.joinedAt), now),
    ]);
    const head = ['IDENTITY', 'NAME', 'STATE', 'TRACKS', 'MAY', 'FOR'];
    return {
      data: { participants: present.map(json) },
      text: (style) => (rows.length === 0 ? '' : textTable(head, rows, style)),
    };
  },
});

function limits({ permission }: ParticipantInfo): string {
  const may = [
    permission?.canPublish && 'publish',
    permission?.canSubscribe && 'subscribe',
    permission?.canPublishData && 'data',
    permission?.hidden && 'hidden',
  ];
  return may.filter(Boolean).join(' ') || 'nothing';
}

function age(room: Room, now: Date): string {
  return span(Number(room.creationTime), now);
}

function span(since: number, now: Date): string {
  return formatDuration(Math.max(0, Math.round(now.getTime() / 1000 - since)) * 1000);
}
