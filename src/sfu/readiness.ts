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

/** Milliseconds between two questions: livekit-server is up after some 100. */
const interval = { first: 10, longest: 100 };
const answerTimeoutMs = 1_000;

/**
 * Waits until `GET /` and `/rtc/validate` are both answered with 200: the first says that the server listens,
 * the second that it takes our key, and neither has a side effect.
 * @returns undefined when it is ready, otherwise what it answered last
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<string | undefined> {
  const { url, signal } = options;
  const deadline = performance.now() + options.timeoutMs;
  const token = await options.mint();
  let answer: string | undefined = 'no answer';
  for (let wait = interval.first; ; wait = Math.min(interval.longest, wait * 1.5)) {
    answer =
      (await ask(`${url}/`, signal)) ??
      (await ask(`${url}/rtc/validate?access_token=${encodeURIComponent(token)}`, signal));
    if (answer === undefined || signal.aborted || performance.now() + wait > deadline) return answer;
    await sleep(wait, undefined, { signal }).catch(() => undefined);
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
