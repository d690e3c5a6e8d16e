/** Asks Redis what LiveKit will ask of it: to let it in, to answer, and to carry a message. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { reasonOf } from '../../core/errors.ts';
import { hasRecorder } from '../../livekit/egress/recorders.ts';

export interface RedisTarget {
  host: string;
  port: number;
  username: string | undefined;
  password: string | undefined;
  db: number;
  tls: boolean;
  /** For each step, in milliseconds. */
  timeoutMs: number;
}

export type RedisAnswer =
  | {
      ok: true;
      /** Somebody listens for recordings to start; undefined where the user may not ask. */
      recorder: boolean | undefined;
    }
  | { ok: false; step: 'connect' | 'auth' | 'ping' | 'publish'; problem: string };

/** How Redis begins a refusal of credentials, since 2.8; those of 6 and later come first. */
const denied = /^(NOAUTH|WRONGPASS|ERR AUTH|ERR invalid password)/;

export async function askRedis(target: RedisTarget): Promise<RedisAnswer> {
  const { timeoutMs, tls, ...rest } = target;
  const options = {
    ...rest,
    ...(tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
  };
  const client = new Redis(options);
  const subscriber = new Redis(options);
  let lastError: Error | undefined;
  for (const connection of [client, subscriber]) connection.on('error', (error) => (lastError = error));
  let step: 'connect' | 'ping' | 'publish' = 'connect';
  client.once('connect', () => (step = 'ping'));
  try {
    await client.connect();
    await client.ping();
    step = 'publish';
    await subscriber.connect();
    await carryMessage(client, subscriber, timeoutMs);
    return { ok: true, recorder: await hasRecorder(client) };
  } catch (error) {
    const problems = [lastError ?? error, error].map(reasonOf);
    const denial = problems.find((problem) => denied.test(problem));
    return { ok: false, step: denial ? 'auth' : step, problem: denial ?? problems[0] ?? '' };
  } finally {
    client.disconnect();
    subscriber.disconnect();
  }
}

/** LiveKit's nodes talk through publish and subscribe, which a server may forbid to a user. */
async function carryMessage(client: Redis, subscriber: Redis, timeoutMs: number): Promise<void> {
  const channel = `bedrud-doctor:${randomUUID()}`;
  const arrived = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('a published message did not arrive')), timeoutMs);
    subscriber.once('message', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  arrived.catch(() => {});
  await subscriber.subscribe(channel);
  await client.publish(channel, 'hello');
  await arrived;
}
