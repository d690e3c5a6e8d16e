import { defineCommand } from '../../cli/command.ts';
import { argument, choice, integer, optionalArgument } from '../../cli/parameters.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Recording } from '../../store/index.ts';
import { recordingStates } from '../../store/recording-state.ts';
import { json, requireRecording, withRecordings } from './access.ts';

/** As many as are listed where nobody says how many. */
const usualLimit = 50;

export const list = defineCommand({
  path: 'recording list',
  summary: 'list recordings, the newest first',
  parameters: {
    room: optionalArgument('ROOM', 'those of rooms of this name alone'),
    state: choice('--state <state>', 'those in this state', recordingStates),
    limit: integer('--limit <n>', `as many as that (default: ${usualLimit})`, { min: 1, max: 10_000 }),
  },
  examples: [
    { run: 'bedrud recording list', does: 'what is being recorded, and what was' },
    { run: 'bedrud recording list --state failed --json', does: 'for a script' },
  ],
  async run({ room, state, limit = usualLimit }, context) {
    return withRecordings(context, undefined, async ({ store }) => {
      const filter = { roomName: room, states: state && [state] };
      const found = await store.recordings.list(filter, limit);
      if (found.length === 0) context.notice('no recordings');
      const { textTable } = await import('../../report/text/table.ts');
      const rows = found.map((one) => [one.id, one.roomName, one.state, began(one), length(one), size(one)]);
      return {
        data: { recordings: found.map(json) },
        text: (style) =>
          rows.length === 0 ? '' : textTable(['ID', 'ROOM', 'STATE', 'BEGAN', 'LENGTH', 'SIZE'], rows, style),
      };
    });
  },
});

export const info = defineCommand({
  path: 'recording info',
  summary: 'show one recording',
  parameters: { id: argument('ID', 'the recording') },
  examples: [
    {
      run: 'bedrud recording info 5e0c1f8e-0b5a-4a83-9d3c-6f1f0a1b2c3d',
      does: 'where its file is, or why there is none',
    },
  ],
  async run({ id }, context) {
    return withRecordings(context, undefined, async (recorded) => {
      const recording = await requireRecording(recorded, id);
      const { textTable } = await import('../../report/text/table.ts');
      const rows = [
        ['room', recording.roomName],
        ['state', recording.state],
        ['started by', recording.createdBy],
        ['began', began(recording)],
        ['length', length(recording)],
        ['size', size(recording)],
        ['SHA-256', recording.sha256 ?? ''],
        ['file', recording.storageKey ?? recording.source ?? ''],
        ['error', recording.error ?? ''],
        ['egress', recording.egressId ?? ''],
      ].filter(([, value]) => value !== '');
      return { data: json(recording), text: (style) => textTable(['RECORDING', id], rows, style) };
    });
  },
});

function began({ startedAt, createdAt }: Recording): string {
  return new Date(startedAt ?? createdAt).toISOString().replace(/\.\d+/, '');
}

function length({ durationMs }: Recording): string {
  return durationMs === null ? '' : formatDuration(durationMs);
}

function size({ fileSize }: Recording): string {
  return fileSize === null ? '' : `${(fileSize / 1024 / 1024).toFixed(1)} MiB`;
}
