import { defineCheck } from '../../check.ts';
import { timesOf } from '../../facts/log.ts';

export const sfuCrashedAtStart = defineCheck({
  id: 'sfu/crashed-at-start',
  title: 'livekit-server came up',
  area: 'start',
  severity: 'error',
  why: 'Connections to 7880 are refused: livekit-server said why in one bare line, and ended with exit status 0.',
  fix: 'mend the cause, and start it again',
  needs: ['log'],
  run: ({ log: { name, failures, ended } }) =>
    failures.map((event) => ({
      severity: ended ? ('error' as const) : ('info' as const),
      message: `${event.message} [${event.id}]${timesOf(event)}${ended ? '' : '; it has started since'}`,
      hint: event.hint,
      file: name,
      line: event.lastLine,
    })),
});

/** The same in the journal, of a server that is down now. */
export const sfuCrashedInJournal = defineCheck({
  ...sfuCrashedAtStart,
  needs: ['journal'],
  run: ({ journal: { name, failures, ended } }) => {
    const last = ended ? failures.toSorted((a, b) => a.lastLine - b.lastLine).at(-1) : undefined;
    if (last === undefined) return [];
    return [{ message: `${name} ends with: ${last.message} [${last.id}]${timesOf(last)}`, hint: last.hint }];
  },
});
