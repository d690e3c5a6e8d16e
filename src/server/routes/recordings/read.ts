import { failure } from '../../../core/errors.ts';
import { callerOf } from '../../auth.ts';
import type { App, ServerContext } from '../../context.ts';
import { operation } from '../../openapi/operation.ts';
import {
  type RecordingPath,
  type RoomPath,
  recordingPath,
  recordingSchema,
  recordingView,
  roomPath,
  visibleIn,
  visibleRecording,
} from './recording.ts';
import { downloadTokens } from './token.ts';

/** Words of a query are strings. */
interface Query {
  page?: string;
  limit?: string;
}
const count = (most: string, description: string) => ({ type: 'string', pattern: most, description });
const usualLimit = 20;

const listSchema = operation({
  summary: 'The recordings of a room',
  description:
    'The newest first: all of them for the room’s creator and the staff, their own for others. A room that is no more keeps its recordings.',
  tag: 'Recordings',
  params: roomPath,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      page: count('^[1-9][0-9]{0,3}$', 'From 1.'),
      limit: count('^([1-9][0-9]?|100)$', 'As many as 100; 20 where it is left out.'),
    },
  },
  answers: {
    200: {
      description: 'One page of them, and whether the room could be recorded now.',
      schema: {
        type: 'object',
        required: ['recordings', 'total', 'page', 'limit', 'available'],
        properties: {
          recordings: { type: 'array', items: recordingSchema },
          total: { type: 'integer' },
          page: { type: 'integer' },
          limit: { type: 'integer' },
          available: { type: 'boolean' },
          reason: { type: 'string', description: 'Why it could not.' },
        },
      },
    },
  },
  refusals: ['room/not-found'],
});

/** GET /api/rooms/:id/recordings */
export function listRecordings(scope: App, { store, recordings, config }: ServerContext): void {
  const tokens = downloadTokens(config.auth.jwtSecret);
  scope.get<{ Params: RoomPath; Querystring: Query }>(
    '/:id/recordings',
    { schema: listSchema },
    async (request) => {
      const roomId = request.params.id;
      const page = Number(request.query.page ?? 1);
      const limit = Number(request.query.limit ?? usualLimit);
      const { room, filter } = await visibleIn(store, roomId, callerOf(request));
      const total = await store.recordings.count(filter);
      // Who has no part in a room is not told that there is one.
      if (total === 0 && (room === undefined || 'createdBy' in filter)) {
        throw failure('room/not-found', { room: roomId });
      }
      const shown = await store.recordings.list(filter, limit, (page - 1) * limit);
      const token = tokens.sign(roomId);
      const { obstacle } = recordings;
      return {
        recordings: shown.map((one) => recordingView(one, token)),
        total,
        page,
        limit,
        available: obstacle === undefined,
        ...(obstacle ? { reason: obstacle.message } : {}),
      };
    },
  );
}

const getSchema = operation({
  summary: 'One recording',
  tag: 'Recordings',
  params: recordingPath,
  answers: { 200: { description: 'How it is.', schema: recordingSchema } },
  refusals: ['recording/not-found'],
});

/** GET /api/rooms/:id/recordings/:recordingId */
export function getRecording(scope: App, { store, config }: ServerContext): void {
  const tokens = downloadTokens(config.auth.jwtSecret);
  scope.get<{ Params: RecordingPath }>(
    '/:id/recordings/:recordingId',
    { schema: getSchema },
    async (request) => {
      const recording = await visibleRecording(store, request.params, callerOf(request));
      return recordingView(recording, tokens.sign(recording.roomId));
    },
  );
}
