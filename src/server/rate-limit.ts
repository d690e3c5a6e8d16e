/**
 * How often somebody may ask: `rateLimit:` in config.yaml. Each replica counts for itself, and each route. Counting is
 * synchronous and sets no headers until it refuses: Fastify’s plugin for it measured 5 to 13 % of a join.
 */
import { isIPv6 } from 'node:net';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { RateLimitConfig } from '../config/model.ts';
import { failure } from '../core/errors.ts';
import { forgetOldest } from '../core/forget-oldest.ts';

/** As many are counted; who was seen first is forgotten first. */
const mostKeys = 50_000;

/**
 * Options of a route that is limited; 0 requests: it isn't.
 * @param kind `guest`: what needs no account, by address. `api`: the rest, by user, since many may share an address
 */
export function limited(kind: 'guest' | 'api', config: RateLimitConfig) {
  const limit = config[`${kind}MaxRequests`];
  const window = config[`${kind}WindowSecs`];
  if (limit === 0 || window === 0) return {};
  const keyOf = kind === 'api' ? byUser : byAddress;
  const counts = new Map<string, { count: number; endsAt: number }>();
  return {
    // By then it is known who asks.
    preValidation(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
      const key = keyOf(request);
      const now = performance.now();
      const known = counts.get(key);
      if (known === undefined || known.endsAt <= now) {
        counts.delete(key);
        counts.set(key, { count: 1, endsAt: now + window * 1000 });
        forgetOldest(counts, mostKeys);
        done();
        return;
      }
      known.count += 1;
      if (known.count <= limit) {
        done();
        return;
      }
      const wait = Math.ceil((known.endsAt - now) / 1000);
      reply.header('retry-after', wait);
      done(failure('api/rate-limited', { limit, window, wait }));
    },
  };
}

function byUser(request: FastifyRequest): string {
  return request.caller ? `user ${request.caller.userId}` : byAddress(request);
}

/** Whoever has one address of IPv6 has its network's: the first 64 bits count. */
function byAddress({ ip }: FastifyRequest): string {
  // A server that listens to both sees IPv4 so.
  const mapped = ip.match(/^::ffff:([\d.]+)$/i)?.[1];
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip;
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail ? tail.split(':').length : 0;
  if (tail !== undefined) groups.push(...Array<string>(Math.max(0, 8 - groups.length - behind)).fill('0'));
  return [...groups, ...(tail?.split(':') ?? [])].slice(0, 4).join(':');
}
