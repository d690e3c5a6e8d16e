/**
 * What becomes of a recording. LiveKit's egress events and our own commands move it on, in whatever order and however
 * often they come: what has been overtaken changes nothing.
 */

export const recordingStates = [
  /** Asked of LiveKit; no recorder has said yet that it records. */
  'starting',
  'active',
  /** Told to stop, or stopping by itself. */
  'stopping',
  /** LiveKit has a file, and we don't have it yet. */
  'processing',
  'completed',
  'failed',
  /** It ended before there was a file. */
  'aborted',
  /** Its file is being removed; then it is gone. */
  'deleting',
] as const;
export type RecordingState = (typeof recordingStates)[number];

/** What can happen to a recording. */
export type RecordingStep =
  | 'egressActive'
  | 'egressEnding'
  /** It is over, and there is a file. */
  | 'egressComplete'
  | 'egressFailed'
  | 'egressAborted'
  /** LiveKit has been asked for long enough, and knows of no such egress. */
  | 'egressLost'
  | 'stop'
  | 'stored'
  /** The file cannot be had or kept. */
  | 'givenUp'
  /** Somebody has mended what kept the file from being had. */
  | 'retry'
  | 'delete';

/** Once it is over, however it ended, LiveKit's last word is a file, a failure, or neither. */
const endings = {
  egressComplete: 'processing',
  egressFailed: 'failed',
  egressAborted: 'aborted',
  egressLost: 'failed',
} as const;

const next: Record<RecordingState, Partial<Record<RecordingStep, RecordingState>>> = {
  starting: { egressActive: 'active', egressEnding: 'stopping', stop: 'stopping', ...endings },
  active: { egressEnding: 'stopping', stop: 'stopping', ...endings },
  stopping: endings,
  processing: { stored: 'completed', givenUp: 'failed' },
  completed: { delete: 'deleting' },
  failed: { retry: 'processing', delete: 'deleting' },
  aborted: { delete: 'deleting' },
  deleting: {},
};

/** Where `step` takes a recording in `state`; undefined: it stays. */
export function stateAfter(state: RecordingState, step: RecordingStep): RecordingState | undefined {
  return next[state][step];
}

/** LiveKit records, or is about to, or not yet done with it: a room has one such recording at a time. */
export const liveStates = ['starting', 'active', 'stopping'] as const satisfies RecordingState[];
