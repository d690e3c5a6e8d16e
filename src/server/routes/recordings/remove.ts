import { failure } from '../../../core/errors.ts';
import type { Recording } from '../../../store/index.ts';
import { callerOf } from '../../auth.ts';
import type { App, ServerContext } from '../../context.ts';
import { operation } from '../../openapi/operation.ts';
import { may, requireMay } from '../../policy.ts';
import {
  type RecordingPath,
  type RoomPath,
  recordingPath,
  roomPath,
  visibleIn,
  visibleRecording,
} from './recording.ts';

/** As many as one request removes or tries again. */
const batch = 1000;

const cleared = {
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string' } },
};
const refusals = ['api/forbidden', 'recording/not-found', 'recording/not-over'] as const;

const oneSchema = operation({
  summary: 'Delete a recording',
  description: 'And its file, for good. Its room’s creator may, and the staff.',
  tag: 'Recordings',
  params: recordingPath,
  answers: { 200: { description: 'It is gone.', schema: cleared } },
  refusals,
});

/** DELETE /api/rooms/:id/recordings/:recordingId */
export function deleteRecording(scope: App, { store, recordings }: ServerContext): void {
  scope.delete<{ Params: RecordingPath }>(
    '/:id/recordings/:recordingId',
    { schema: oneSchema },
    async (request) => {
      const caller = callerOf(request);
      const recording = await visibleRecording(store, request.params, caller);
      const { room } = await visibleIn(store, recording.roomId, caller);
      requireMay('handleRecordings', caller, room && { room });
      await recordings.remove(recording);
      request.log.info({ recording: recording.id, by: caller.userId }, 'recording deleted');
      return { message: 'Recording cleared' };
    },
  );
}

const allSchema = operation({
  summary: 'Delete the recordings of a room',
  description: 'All that are over, with their files. Its creator may, and the staff.',
  tag: 'Recordings',
  params: roomPath,
  answers: { 200: { description: 'They are gone.', schema: cleared } },
  refusals: ['api/forbidden', 'room/not-found'],
});

/** DELETE /api/rooms/:id/recordings */
export function deleteRecordings(scope: App, { store, recordings }: ServerContext): void {
  scope.delete<{ Params: RoomPath }>('/:id/recordings', { schema: allSchema }, async (request) => {
    const caller = callerOf(request);
    const { room } = await visibleIn(store, request.params.id, caller);
    if (room === undefined && !may('handleRecordings', caller))
      throw failure('room/not-found', { room: request.params.id });
    requireMay('handleRecordings', caller, room && { room });
    const over: Recording['state'][] = ['completed', 'failed', 'aborted'];
    const all = await store.recordings.list({ roomId: request.params.id, states: over }, batch);
    for (const recording of all) await recordings.remove(recording);
    request.log.info({ room: request.params.id, count: all.length, by: caller.userId }, 'recordings deleted');
    return { message: 'Recordings cleared' };
  });
}

const retrySchema = operation({
  summary: 'Try again to have the file of a recording',
  description: 'One that failed although LiveKit has a file: once what kept it from being had is mended.',
  tag: 'Recordings',
  params: recordingPath,
  answers: { 200: { description: 'It is being fetched.', schema: { $ref: 'Done#' } } },
  refusals: ['api/forbidden', 'recording/not-found', 'recording/no-file'],
});

/** POST /api/rooms/:id/recordings/:recordingId/retry */
export function retryRecording(scope: App, { store, recordings }: ServerContext): void {
  scope.post<{ Params: RecordingPath }>(
    '/:id/recordings/:recordingId/retry',
    { schema: retrySchema },
    async (request) => {
      const caller = callerOf(request);
      const recording = await visibleRecording(store, request.params, caller);
      const { room } = await visibleIn(store, recording.roomId, caller);
      requireMay('handleRecordings', caller, room && { room });
      await recordings.retry(recording);
      return { status: 'success' };
    },
  );
}
