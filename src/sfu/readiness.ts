/** Asks a starting SFU until it answers. */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { redact } from '../core/redact.ts';

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
  const token = await options.mint();
  let answer: string | undefined = 'no answer';
  for (;;) {
    answer =
      (await ask(`${url}/`, signal)) ??
      (await ask(`${url}/rtc/validate?access_token=${encodeURIComponent(token)}`, signal));
    const waited = performance.now() - began;
    if (answer === undefined || signal.aborted || waited > options.timeoutMs) return answer;
    await sleep(pause(waited), undefined, { signal }).catch(() => undefined);
  }
}

/** Undefined for a 200, otherwise what was answered. */
function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { pathname } = new URL(url);
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal, timeout: answerTimeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 500) body += chunk;
      });
      response.on('end', () => {
        const text = redact(body.trim().slice(0, 500));
        resolve(response.statusCode === 200 ? undefined : `GET ${pathname}: ${response.statusCode} ${text}`);
      });
      response.on('error', (error) => resolve(`GET ${pathname}: ${error.message}`));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => resolve(`GET ${pathname}: ${error.message}`));
  });
}
