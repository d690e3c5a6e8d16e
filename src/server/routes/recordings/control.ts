import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../core/errors.ts';
import { callerOf } from '../../auth.ts';
import type { App, ServerContext } from '../../context.ts';
import { operation, sfuRefusals } from '../../openapi/operation.ts';
import { requireActive } from '../room.ts';
import {
  controlledRoom,
  type RecordingPath,
  type RoomPath,
  recordingPath,
  roomPath,
  visibleRecording,
} from './recording.ts';

const id = { type: 'string', description: 'Of the recording.' };
const startSchema = operation({
  summary: 'Have a room recorded',
  description:
    'Into one file, all that is heard and seen; without picture where the room allows no video. Somebody has to be in the room, and it is recorded once at a time.',
  tag: 'Recordings',
  params: roomPath,
  answers: {
    201: {
      description: 'A recorder has it. That it records is told a little later: see `wait`.',
      schema: {
        type: 'object',
        required: ['id', 'status', 'roomId'],
        properties: { id, status: { const: 'started' }, roomId: { type: 'string' } },
      },
    },
  },
  refusals: [
    'api/forbidden',
    'room/not-found',
    'room/inactive',
    'room/suspended',
    'recording/not-allowed',
    'recording/off',
    'recording/unavailable',
    'recording/running',
    'recording/limit-reached',
    'recording/room-empty',
    'recording/no-redis',
    'recording/no-recorder',
    ...sfuRefusals,
  ],
});

/** POST /api/rooms/:id/recording/start */
export function startRecording(scope: App, { store, recordings }: ServerContext): void {
  scope.post<{ Params: RoomPath }>(
    '/:id/recording/start',
    { schema: startSchema },
    async (request, reply) => {
      const caller = callerOf(request);
      const roomId = request.params.id;
      const room = requireActive(await controlledRoom(store, roomId, caller), roomId);
      const recording = await recordings.start(room, caller.userId);
      request.log.info({ room: room.name, recording: recording.id, by: caller.userId }, 'recording started');
      reply.status(201);
      return { id: recording.id, status: 'started', roomId };
    },
  );
}

const stopSchema = operation({
  summary: 'End the recording of a room',
  tag: 'Recordings',
  params: roomPath,
  answers: {
    200: {
      description: 'It ends. There is a file some time later.',
      schema: {
        type: 'object',
        required: ['id', 'status'],
        properties: { id, status: { const: 'processing' } },
      },
    },
  },
  refusals: ['api/forbidden', 'room/not-found', 'recording/none', 'recording/no-redis', ...sfuRefusals],
});

/** POST /api/rooms/:id/recording/stop */
export function stopRecording(scope: App, { store, recordings }: ServerContext): void {
  scope.post<{ Params: RoomPath }>('/:id/recording/stop', { schema: stopSchema }, async (request) => {
    const caller = callerOf(request);
    const room = await controlledRoom(store, request.params.id, caller);
    const { id } = await recordings.stop(room);
    request.log.info({ room: room.name, recording: id, by: caller.userId }, 'recording stopped');
    return { id, status: 'processing' };
  });
}

/** How long a client may wait for one answer, and how often we look meanwhile. In milliseconds. */
const longest = 15_000;
const interval = 250;

const waitSchema = operation({
  summary: 'Wait until a recording has begun',
  description: 'For fifteen seconds at most.',
  tag: 'Recordings',
  params: recordingPath,
  answers: {
    200: {
      description: 'It records, or has; or it failed.',
      schema: {
        type: 'object',
        required: ['id', 'status'],
        properties: { id, status: { enum: ['active', 'failed'] }, error: { type: 'string' } },
      },
    },
  },
  refusals: ['recording/not-found', 'recording/not-begun'],
});

/** GET /api/rooms/:id/recordings/:recordingId/wait */
export function waitForRecording(scope: App, { store, draining }: ServerContext): void {
  scope.get<{ Params: RecordingPath }>(
    '/:id/recordings/:recordingId/wait',
    { schema: waitSchema },
    async (request) => {
      const caller = callerOf(request);
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      const deadline = performance.now() + longest;
      while (performance.now() < deadline && !draining() && !gone.signal.aborted) {
        const { id, state, error } = await visibleRecording(store, request.params, caller);
        if (state === 'failed' || state === 'aborted') {
          return { id, status: 'failed', error: error ?? 'it ended before it began' };
        }
        if (state !== 'starting') return { id, status: 'active' };
        await sleep(interval, undefined, { signal: gone.signal }).catch(() => {});
      }
      throw failure('recording/not-begun', {});
    },
  );
}
