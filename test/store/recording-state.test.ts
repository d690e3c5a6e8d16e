import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecordingState, type RecordingStep, stateAfter } from '../../src/store/recording-state.ts';

/** Where each step takes a recording; what is not here leaves it as it is. */
const moves: Record<RecordingState, Partial<Record<RecordingStep, RecordingState>>> = {
  starting: {
    egressActive: 'active',
    egressEnding: 'stopping',
    egressComplete: 'processing',
    egressFailed: 'failed',
    egressAborted: 'aborted',
    egressLost: 'failed',
    stop: 'stopping',
  },
  active: {
    egressEnding: 'stopping',
    egressComplete: 'processing',
    egressFailed: 'failed',
    egressAborted: 'aborted',
    egressLost: 'failed',
    stop: 'stopping',
  },
  stopping: {
    egressComplete: 'processing',
    egressFailed: 'failed',
    egressAborted: 'aborted',
    egressLost: 'failed',
  },
  processing: { stored: 'completed', givenUp: 'failed' },
  completed: { delete: 'deleting' },
  failed: { retry: 'processing', delete: 'deleting' },
  aborted: { delete: 'deleting' },
  deleting: {},
};
const steps: RecordingStep[] = [
  'egressActive',
  'egressEnding',
  'egressComplete',
  'egressFailed',
  'egressAborted',
  'egressLost',
  'stop',
  'stored',
  'givenUp',
  'retry',
  'delete',
];
const table = (Object.keys(moves) as RecordingState[]).flatMap((state) =>
  steps.map((step) => [state, step, moves[state][step]] as const),
);

describe('a recording', () => {
  test.each(table)('that is %s, after %s: %s', (state, step, after) => {
    expect(stateAfter(state, step)).toBe(after);
  });

  const run = (all: readonly RecordingStep[]) =>
    all.reduce<RecordingState>((state, step) => stateAfter(state, step) ?? state, 'starting');

  test('ends the same whatever is repeated or comes late', () => {
    const told: RecordingStep[] = ['egressActive', 'stop', 'egressEnding', 'egressComplete'];
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...told, ...told, ...told], { minLength: told.length }),
        (mixed) => run([...mixed, 'egressComplete', ...mixed]) === 'processing',
      ),
    );
  });

  test('is completed by nothing but a file that was stored', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...steps.filter((step) => step !== 'stored'))), (mixed) => {
        expect(run(mixed)).not.toBe('completed');
      }),
    );
  });
});
