/** Asks a starting SFU until it answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';

export interface ReadinessOptions {
  /** `http://127.0.0.1:7880`. */
  url: string;
  /** A token for /rtc/validate. */
  mint(): string | Promise<string>;
  timeoutMs: number;
  /** Aborted when there is nothing to wait for any more. */
  signal: AbortSignal;
}

/**
 * Between two questions, in milliseconds: a tenth of the time waited so far, so that no more than that is lost of a
 * start that takes a moment, and one that waits for STUN is not asked all the time.
 */
const pause = (waitedMs: number) => Math.min(250, Math.max(10, waitedMs / 10));
const answerTimeoutMs = 1_000;

/**
 * Waits until `GET /` and `/rtc/validate` are both answered with 200: the first says that the server listens,
 * the second that it takes our key, and neither has a side effect.
 * @returns undefined when it is ready, otherwise what it answered last
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<string | undefined> {
  const { url, signal } = options;
  const began = performance.now();
  const token = encodeURIComponent(await options.mint());
  const refusal = async (path: string) => {
    const { status, text } = await ask(`${url}${path}`, signal, answerTimeoutMs);
    return status === 200 ? undefined : text;
  };
  for (;;) {
    const answer = (await refusal('/')) ?? (await refusal(`/rtc/validate?access_token=${token}`));
    const waited = performance.now() - began;
    if (answer === undefined || signal.aborted || waited > options.timeoutMs) return answer;
    await sleep(pause(waited), undefined, { signal }).catch(() => undefined);
  }
}
