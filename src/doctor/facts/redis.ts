/** The Redis that LiveKit's configuration names. */
import { askRedis, type RedisAnswer } from '../probes/redis.ts';
import { type FactSource, Missing } from './gather.ts';
import { stepMs } from './sfu.ts';

export interface RedisFacts {
  address: string;
  answer: RedisAnswer;
}

export async function pingRedis(source: FactSource): Promise<RedisFacts> {
  const { document, name } = await source.fact('livekit');
  const address = document.string('redis', 'address');
  if (address === undefined) throw new Missing(`${name} has no redis.address`);
  const [, host, port] = address.match(/^\[?([^\]/]+?)\]?:(\d+)$/) ?? [];
  if (host === undefined) {
    return { address, answer: { ok: false, step: 'connect', problem: 'the address is not host:port' } };
  }
  await requireReachableName(source, host);
  const answer = await askRedis({
    host,
    port: Number(port),
    username: document.string('redis', 'username'),
    password: document.string('redis', 'password'),
    db: document.number('redis', 'db') ?? 0,
    tls: document.boolean('redis', 'tls', 'enabled') ?? document.boolean('redis', 'use_tls') ?? false,
    timeoutMs: stepMs,
  });
  return { address, answer };
}

/** @throws Missing for a name that only compose's own network knows */
async function requireReachableName(source: FactSource, host: string): Promise<void> {
  if (source.question.compose === undefined) return;
  const { services } = await source.fact('compose');
  if (services.some(({ name }) => name === host)) {
    throw new Missing(`${host} is a service of the compose file, whose network is not this host's`);
  }
}
