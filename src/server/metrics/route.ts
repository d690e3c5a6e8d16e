/** GET /metrics, and the counting of requests. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { failure } from '../../core/errors.ts';
import { addressKind } from '../../core/ip.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { clientLeft, type OverListener } from '../over.ts';
import { gauges } from './gauges.ts';

const schema = operation({
  summary: 'What is counted and measured',
  description:
    'In Prometheus’ text format. With `server.metricsToken` for who has it, else for this host alone.',
  tag: 'Health',
  caller: 'anyone',
  answers: {
    200: { description: 'See docs/metrics.md.', schema: { type: 'string' }, mediaType: 'text/plain' },
  },
  refusals: ['api/unauthenticated', 'api/not-found'],
});

/** Routes that hand out join tokens. */
const joins = new Set(['/api/room/join', '/api/room/guest-join']);

export function metricsRoute(app: App, context: ServerContext): void {
  const { metrics, config } = context;
  const { metricsToken } = config.server;
  let write: (() => Promise<string>) | undefined;
  app.get('/metrics', { schema, logLevel: 'warn' }, async (request, reply) => {
    requireScraper(request, metricsToken);
    const { contentType, exposition } = await import('./exposition.ts');
    write ??= exposition([...Object.values(metrics), ...gauges(context)]);
    // As a buffer: the schemas are for documents, and this is none.
    return reply.type(contentType).send(Buffer.from(await write()));
  });
}

/** Counts every request once it is over. */
export function countRequests({ metrics }: ServerContext): OverListener {
  return (request, reply, status) => {
    const { url = 'none' } = request.routeOptions;
    metrics.requests.observe(reply.elapsedTime / 1000, url, request.method, String(status));
    if (!joins.has(url) || request.method !== 'POST') return;
    metrics.joins.add(reply.problem ?? (status === clientLeft ? 'left' : 'admitted'));
  };
}

/**
 * What is counted tells strangers how busy a server is, and of what. So without a token it is for those who ask from
 * this host, and not through a proxy.
 */
function requireScraper({ headers, raw, socket }: FastifyRequest, token: string | undefined): void {
  if (token) {
    const given = headers.authorization?.match(/^Bearer +(\S+)$/i)?.[1] ?? '';
    if (!timingSafeEqual(digest(given), digest(token))) {
      throw failure('api/unauthenticated', { reason: 'metrics are for who has server.metricsToken' });
    }
    return;
  }
  // As they came: server.proxyHeader may have changed them since.
  const proxied = raw.rawHeaders.some((name) => /^(x-forwarded-|x-real-ip$|forwarded$|via$)/i.test(name));
  // An IPv6 socket has IPv4 clients too.
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (proxied || addressKind(address) !== 'loopback') throw failure('api/not-found', { path: '/metrics' });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
