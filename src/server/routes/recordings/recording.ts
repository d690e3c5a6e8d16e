/** What the routes of recordings share: whose they are, and how one is shown. */
import { failure } from '../../../core/errors.ts';
import { downloadPath, type Recording, type Room, type Store } from '../../../store/index.ts';
import type { Caller } from '../../auth.ts';
import type { JsonSchema } from '../../openapi/operation.ts';
import { may, requireMay } from '../../policy.ts';
import { standingIn } from '../room.ts';

const id = (description: string) => ({ type: 'string', minLength: 1, maxLength: 64, description });

export interface RoomPath {
  id: string;
}
export const roomPath = {
  type: 'object',
  required: ['id'],
  properties: { id: id('The `id` of the room.') },
};

export interface RecordingPath extends RoomPath {
  recordingId: string;
}
export const recordingPath = {
  type: 'object',
  required: ['id', 'recordingId'],
  properties: { ...roomPath.properties, recordingId: id('The `id` of the recording.') },
};

export const recordingSchema: JsonSchema = {
  type: 'object',
  required: ['id', 'roomId', 'roomName', 'createdBy', 'status', 'state', 'downloadStatus', 'createdAt'],
  properties: {
    id: { type: 'string' },
    roomId: { type: 'string' },
    roomName: { type: 'string' },
    createdBy: { type: 'string', description: 'The id of the user who started it.' },
    recordingType: { const: 'composite' },
    status: { enum: ['pending', 'started', 'processing', 'completed', 'failed', 'deleting'] },
    state: {
      enum: ['starting', 'active', 'stopping', 'processing', 'completed', 'failed', 'aborted', 'deleting'],
      description: 'As `status`, and finer.',
    },
    downloadStatus: { enum: ['processing', 'ready', 'failed'] },
    fileUrl: {
      type: 'string',
      description: 'Where to download it, good for five minutes; once it is ready.',
    },
    fileSize: { type: 'integer', description: 'In bytes.' },
    sha256: { type: 'string', description: 'Of the file, in hex.' },
    durationMs: { type: 'integer' },
    error: { type: 'string' },
    createdAt: { type: 'string', format: 'date-time' },
    startedAt: { type: 'string', format: 'date-time' },
    endedAt: { type: 'string', format: 'date-time' },
    completedAt: { type: 'string', format: 'date-time' },
  },
};

/** Bedrud's words for the states. */
const statuses = {
  starting: 'pending',
  active: 'started',
  stopping: 'processing',
  processing: 'processing',
  completed: 'completed',
  failed: 'failed',
  aborted: 'failed',
  deleting: 'deleting',
} as const satisfies Record<Recording['state'], string>;

/** A recording as the API shows it. @param token for whoever is to download it */
export function recordingView(recording: Recording, token: string) {
  const { state, roomId, fileSize, durationMs, sha256, error } = recording;
  const status = statuses[state];
  const ready = state === 'completed';
  return {
    id: recording.id,
    roomId,
    roomName: recording.roomName,
    createdBy: recording.createdBy,
    recordingType: 'composite',
    status,
    state,
    downloadStatus: ready ? 'ready' : status === 'failed' ? 'failed' : 'processing',
    ...(ready ? { fileUrl: `${downloadPath(roomId, recording.id)}?token=${token}` } : {}),
    fileSize: fileSize ?? 0,
    durationMs: durationMs ?? 0,
    ...(sha256 === null ? {} : { sha256 }),
    ...(error === null ? {} : { error }),
    ...times(recording),
  };
}

function times({ createdAt, startedAt, endedAt, completedAt }: Recording) {
  const all = Object.entries({ createdAt, startedAt, endedAt, completedAt });
  return Object.fromEntries(
    all.flatMap(([name, at]) => (at === null ? [] : [[name, new Date(at).toISOString()]])),
  );
}

/** Who controls a room has it recorded. @throws Failure `room/not-found`, `api/forbidden` */
export async function controlledRoom(store: Store, roomId: string, caller: Caller): Promise<Room> {
  const room = await store.rooms.byId(roomId);
  if (room === undefined) throw failure('room/not-found', { room: roomId });
  requireMay('moderate', caller, await standingIn(store, 'moderate', caller, room));
  return room;
}

/**
 * Whose recordings of a room `caller` sees: anybody's, or their own. Whoever is in a room may see what was recorded there,
 * as long as it isn't archived: the Bedrud server's rule.
 */
export async function visibleIn(store: Store, roomId: string, caller: Caller) {
  const room = await store.rooms.byId(roomId);
  const all = await seesAllOf(store, room, caller);
  return { room, filter: { roomId, ...(all ? {} : { createdBy: caller.userId }) } };
}

async function seesAllOf(store: Store, room: Room | undefined, caller: Caller): Promise<boolean> {
  if (room === undefined || room.state === 'archived')
    return may('handleRecordings', caller, room && { room });
  const standing = await standingIn(store, 'seeRecordings', caller, room);
  if (!may('seeRecordings', caller, standing)) return false;
  return !standing.hasSeat || (await store.bans.among(room.id, [caller.userId])).length === 0;
}

/** @throws Failure `recording/not-found`, also for who may not know of it */
export async function visibleRecording(
  store: Store,
  { id: roomId, recordingId }: RecordingPath,
  caller: Caller,
): Promise<Recording> {
  const recording = await store.recordings.byId(recordingId);
  const { filter } = await visibleIn(store, roomId, caller);
  const seen =
    recording?.roomId === roomId && (!('createdBy' in filter) || filter.createdBy === recording.createdBy);
  if (!seen) throw failure('recording/not-found', { recording: recordingId });
  return recording;
}
