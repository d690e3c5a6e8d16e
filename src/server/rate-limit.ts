/** How often somebody may ask: `rateLimit:` in config.yaml. Each replica counts for itself, and each route. */
import type { FastifyRequest } from 'fastify';
import type { RateLimitConfig } from '../config/model.ts';
import { failure } from '../core/errors.ts';
import type { App } from './context.ts';

/** Has the limits be held that routes of `scope` are {@link limited} by. */
export async function rateLimits(scope: App, config: RateLimitConfig): Promise<void> {
  if (config.guestMaxRequests === 0 && config.apiMaxRequests === 0) return;
  const { default: plugin } = await import('@fastify/rate-limit');
  await scope.register(plugin, {
    global: false,
    // By then it is known who asks.
    hook: 'preValidation',
    addHeadersOnExceeding: quiet,
    addHeaders: { ...quiet, 'retry-after': true },
  });
}

const quiet = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

/**
 * Options of a route that is limited; 0 requests: it isn't.
 * @param kind `guest`: what needs no account, by address. `api`: the rest, by user, since many may share an address
 */
export function limited(kind: 'guest' | 'api', config: RateLimitConfig) {
  const limit = config[`${kind}MaxRequests`];
  const window = config[`${kind}WindowSecs`];
  if (limit === 0 || window === 0) return {};
  return {
    config: {
      rateLimit: {
        max: limit,
        timeWindow: window * 1000,
        ...(kind === 'api' ? { keyGenerator: byUser } : {}),
        errorResponseBuilder: (_request: FastifyRequest, { ttl }: { ttl: number }) =>
          failure('api/rate-limited', { limit, window, wait: Math.ceil(ttl / 1000) }),
      },
    },
  };
}

function byUser({ caller, ip }: FastifyRequest): string {
  return caller ? `user ${caller.userId}` : `address ${ip}`;
}
