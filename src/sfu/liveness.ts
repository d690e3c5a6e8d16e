/** Asks a running SFU now and then, since one that hangs does not end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';

export interface LivenessTimes {
  /** Between two questions, in milliseconds. */
  askEveryMs: number;
  /** How long an answer may take, in milliseconds. */
  answerMs: number;
  /** Questions in a row without an answer after which the SFU counts as hung. */
  misses: number;
}

/**
 * Any answer is a sign of life: a 406 says that the SFU is short of CPU time, and ending it would help nobody.
 * @param url `http://127.0.0.1:7880`
 * @param missed told of each question without an answer
 * @returns true once the SFU hangs, false once `signal` is aborted
 */
export async function hangs(
  url: string,
  times: LivenessTimes,
  signal: AbortSignal,
  missed: (text: string, inARow: number) => void,
): Promise<boolean> {
  let inARow = 0;
  while (inARow < times.misses) {
    await sleep(times.askEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
    const { status, text } = await ask(`${url}/`, signal, times.answerMs);
    if (signal.aborted) return false;
    inARow = status === undefined ? inARow + 1 : 0;
    if (inARow > 0) missed(text, inARow);
  }
  return true;
}
