import { defineCommand } from '../../cli/command.ts';
import { argument, flag } from '../../cli/parameters.ts';
import { connectionOptions } from '../shared/connection.ts';
import { json, operator, requireRecording, requireRoom, withRecordings } from './access.ts';

export const start = defineCommand({
  path: 'recording start',
  summary: 'have a room recorded',
  description:
    'One of the rooms of bedrud serve, in which somebody is. LiveKit needs Redis and an egress service for it: docs/recording.md says how.',
  parameters: { room: argument('ROOM', 'its name'), ...connectionOptions },
  examples: [
    { run: 'bedrud recording start standup', does: 'from now until it is stopped, or the room is empty' },
  ],
  async run(input, context) {
    return withRecordings(context, input, async (recorded) => {
      const room = await requireRoom(recorded, input.room);
      const recording = await recorded.service.start(room, operator);
      return { data: json(recording), text: recording.id };
    });
  },
});

export const stop = defineCommand({
  path: 'recording stop',
  summary: 'end the recording of a room',
  description: 'bedrud serve fetches the file once LiveKit has it; see bedrud recording list.',
  parameters: { room: argument('ROOM', 'its name'), ...connectionOptions },
  examples: [{ run: 'bedrud recording stop standup', does: 'have what was recorded so far' }],
  async run(input, context) {
    return withRecordings(context, input, async (recorded) => {
      const recording = await recorded.service.stop(await requireRoom(recorded, input.room));
      return { data: json(recording), text: recording.id };
    });
  },
});

export const retry = defineCommand({
  path: 'recording retry',
  summary: 'try again to have the file of a recording that failed',
  description:
    'Once what kept it from being fetched or kept is mended. bedrud serve does it, within seconds.',
  parameters: { id: argument('ID', 'the recording') },
  examples: [
    { run: 'bedrud recording retry 5e0c1f8e-0b5a-4a83-9d3c-6f1f0a1b2c3d', does: 'the disk has room again' },
  ],
  async run({ id }, context) {
    return withRecordings(context, undefined, async (recorded) => {
      await recorded.service.retry(await requireRecording(recorded, id));
      return { data: json(await requireRecording(recorded, id)), text: id };
    });
  },
});

export const remove = defineCommand({
  path: 'recording delete',
  summary: 'delete a recording and its file',
  parameters: {
    id: argument('ID', 'the recording, which has to be over'),
    yes: flag('--yes', 'without being asked'),
  },
  examples: [{ run: 'bedrud recording delete 5e0c1f8e-0b5a-4a83-9d3c-6f1f0a1b2c3d --yes', does: 'for good' }],
  async run({ id, yes }, context) {
    return withRecordings(context, undefined, async (recorded) => {
      const recording = await requireRecording(recorded, id);
      const what = `Delete the recording of ${recording.roomName}, and its file`;
      const deleted = await context.confirm(what, yes);
      if (deleted) await recorded.service.remove(recording);
      return { data: { id, deleted }, text: deleted ? id : '' };
    });
  },
});
