import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookEvent } from '@livekit/protocol';
import { reasonOf } from '../core/errors.ts';
import { id } from './ids.ts';
import { signToken } from './jwt.ts';

/** As many events as wait for one room; later ones are dropped. */
const maxDepth = 200;
/** An event that has waited this long is dropped. In milliseconds. */
const maxAge = 30_000;
/** After the first try: 1, 2, 4 and 8 seconds later. */
const retries = 4;

type EventFields = Omit<NonNullable<ConstructorParameters<typeof WebhookEvent>[0]>, 'id' | 'createdAt'>;

export interface WebhookOptions {
  urls: readonly string[];
  apiKey: string;
  secret: string;
  log(level: 'info' | 'warn', message: string): void;
}

/**
 * Signed webhooks, as livekit-server sends them: one at a time and in order for each room (or egress) and URL, again on network
 * errors, 5xx and 429, and any other answer counts as delivered.
 */
export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #queues = new Map<string, { tail: Promise<void>; depth: number }>();
  readonly #closing = new AbortController();

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Sends an event to each URL, in the background. */
  send(fields: EventFields & { event: string }): void {
    if (this.#options.urls.length === 0 || this.#closing.signal.aborted) return;
    const event = new WebhookEvent({
      ...fields,
      id: id('EV_'),
      createdAt: BigInt(Math.floor(Date.now() / 1000)),
    });
    const body = event.toJsonString();
    const resource = fields.room?.name ?? fields.egressInfo?.egressId;
    for (const url of this.#options.urls) this.#enqueue(`${url} ${resource}`, url, body, fields.event);
  }

  /** Drops what is queued and gives up what is under way; resolves once nothing runs any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#queues.values()].map(({ tail }) => tail));
  }

  #enqueue(key: string, url: string, body: string, name: string): void {
    const queue = this.#queues.get(key) ?? { tail: Promise.resolve(), depth: 0 };
    if (queue.depth >= maxDepth) {
      this.#options.log('warn', `dropped webhook ${name}: ${maxDepth} are waiting for ${url}`);
      return;
    }
    this.#queues.set(key, queue);
    queue.depth += 1;
    const queuedAt = Date.now();
    queue.tail = queue.tail.then(async () => {
      if (!this.#closing.signal.aborted) {
        if (Date.now() - queuedAt > maxAge)
          this.#options.log('warn', `dropped webhook ${name}: too old for ${url}`);
        else await this.#deliver(url, body, name);
      }
      queue.depth -= 1;
      if (queue.depth === 0) this.#queues.delete(key);
    });
  }

  async #deliver(url: string, body: string, name: string): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; ; attempt += 1) {
      const problem = await this.#post(url, body).catch((error: unknown) => reasonOf(error));
      if (problem === undefined) return this.#options.log('info', `sent webhook ${name} to ${url}`);
      if (signal.aborted) return;
      if (attempt === retries) return this.#options.log('warn', `webhook ${name} to ${url}: ${problem}`);
      await sleep(1000 * 2 ** attempt, undefined, { signal }).catch(() => {});
    }
  }

  /** @returns what calls for another try, if anything */
  async #post(url: string, body: string): Promise<string | undefined> {
    const { apiKey, secret } = this.#options;
    const now = Math.floor(Date.now() / 1000);
    const sha256 = createHash('sha256').update(body).digest('base64');
    const claims = { iss: apiKey, exp: now + 300, nbf: now, iat: now, sha256 };
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/webhook+json', authorization: signToken(claims, secret) },
      signal: this.#closing.signal,
    });
    await response.body?.cancel();
    const { status } = response;
    return status === 429 || (status >= 500 && status !== 501) ? `answered ${status}` : undefined;
  }
}
