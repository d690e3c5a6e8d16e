import { resolve } from 'node:path';
import { defineCommand, type Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import { connectionOptions } from '../shared/connection.ts';
import { requireRoom, roomsOf } from './access.ts';
import { forEach } from './bulk.ts';
import { namesSomebody, selectionParameters } from './selection.ts';

export const metadata = defineCommand({
  path: 'room metadata',
  summary: 'show or set the metadata of a room or of participants',
  description:
    "Without --set and --set-file it shows what there is. LiveKit has no way to empty a participant's metadata; set {} or a space instead.",
  parameters: {
    ...selectionParameters,
    set: text('--set <text>', 'the new metadata; empty removes that of a room'),
    setFile: text('--set-file <file>', 'the new metadata from a file, - for stdin'),
    ...connectionOptions,
  },
  examples: [
    { run: 'bedrud room metadata standup', does: "show a room's" },
    { run: `bedrud room metadata standup --set '{"topic":"release"}'`, does: "set a room's" },
    { run: 'bedrud room metadata standup ana --set-file ana.json', does: "set a participant's" },
  ],
  async run(input, context) {
    const value = await newValue(input, context);
    if (!namesSomebody(input)) return ofRoom(input, value, context);
    if (value === '') {
      const hint = "write --set '{}'";
      throw failure('usage/invalid', { problem: "LiveKit cannot empty a participant's metadata", hint });
    }
    const rooms = await roomsOf(input, context);
    return forEach(rooms, input, context, 'set the metadata of', async (participant) => {
      if (value === undefined) {
        const { metadata: current } = participant;
        return { says: current === '' ? 'has no metadata' : current, facts: { metadata: current } };
      }
      const changed = await rooms.updateParticipant(input.room, participant.identity, { metadata: value });
      return { says: 'has the new metadata', facts: { metadata: changed.metadata } };
    });
  },
});

async function ofRoom(
  input: { room: string } & Parameters<typeof roomsOf>[0],
  value: string | undefined,
  context: Context,
): Promise<Outcome> {
  const rooms = await roomsOf(input, context);
  const before = await requireRoom(rooms, input.room);
  const { metadata: current } =
    value === undefined ? before : await rooms.updateRoomMetadata(input.room, value);
  if (value !== undefined) context.notice(`${input.room} has the new metadata`);
  return { data: { room: input.room, metadata: current }, text: current };
}

async function newValue(
  { set, setFile }: { set: string | undefined; setFile: string | undefined },
  context: Context,
): Promise<string | undefined> {
  if (setFile === undefined) return set;
  return setFile === '-' ? context.readStdin() : readTextFile(resolve(context.cwd, setFile));
}
