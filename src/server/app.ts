/** The HTTP application: its routes, and what holds for all of them. It listens to nothing yet. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import proxyAddr from '@fastify/proxy-addr';
import fastify, { type HTTPMethods, LogController } from 'fastify';
import { failure } from '../core/errors.ts';
import type { App, ServerContext, Trust } from './context.ts';
import { countRequests } from './metrics/route.ts';
import { type OverListener, whenOver } from './over.ts';
import { onClientError, onError, sendProblem } from './problem.ts';
import { addRoutes } from './routes.ts';
import { Incoming } from './upgrades.ts';
import { whenNeeded } from './validation.ts';

/** No request of the API is larger. In bytes. */
const bodyLimit = 64 * 1024;
/** Where the configuration sets none, in milliseconds. */
const defaultTimeout = 30_000;

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** @param https with it, the application speaks HTTPS */
export async function buildApp(context: ServerContext, https?: ServerOptions): Promise<App> {
  const { server } = context.config;
  const trusts = trustedProxies(server);
  const options = {
    loggerInstance: context.log,
    // One line a request, written below, instead of two.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (incoming: IncomingMessage) => proxysId(incoming, trusts) ?? randomUUID(),
    requestIdHeader: false,
    bodyLimit,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    trustProxy: trusts ?? false,
    requestTimeout: (server.readTimeout || 0) * 1000 || defaultTimeout,
    connectionTimeout: (server.writeTimeout || 0) * 1000 || defaultTimeout,
    // An idle keep-alive connection must not hold up the end; one with a request under way may.
    forceCloseConnections: 'idle',
    // What still comes on a connection that is there is answered.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
    schemaController: whenNeeded,
    frameworkErrors: onError,
    clientErrorHandler: onClientError,
  } as const;
  // The instance is the same for both; only the type of its server differs.
  const app = (https
    ? fastify({ ...options, https: { ...https, IncomingMessage: Incoming } })
    : fastify({ ...options, http: { IncomingMessage: Incoming } })) as unknown as App;
  app.decorateReply('problem', undefined);
  app.setErrorHandler(onError);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, failure('api/not-found', { path: pathOf(request.url) })),
  );
  commonHeaders(app, context, https !== undefined);
  useProxyHeader(app, server.proxyHeader);
  const tracing = context.tracing?.trace(app, trusts);
  whenOver(app, [logRequest, countRequests(context), ...(tracing ? [tracing] : [])]);
  const refuseOtherMethods = otherMethods(app);

  await addRoutes(app, context);
  refuseOtherMethods();
  return app;
}

/** Whose X-Forwarded-* headers to believe: the proxies named, or with behindProxy alone those nearby. */
function trustedProxies({
  trustedProxies,
  behindProxy,
}: ServerContext['config']['server']): Trust | undefined {
  if (trustedProxies.length > 0) return proxyAddr.compile(trustedProxies);
  return behindProxy ? proxyAddr.compile(['loopback', 'linklocal', 'uniquelocal']) : undefined;
}

/** The id that a trusted proxy has given the request, so that its log and ours can be read together. */
function proxysId({ headers, socket }: IncomingMessage, trusts: Trust | undefined): string | undefined {
  const id = headers['x-request-id'];
  if (typeof id !== 'string' || !/^[\w.:+/=-]{1,128}$/.test(id)) return undefined;
  return trusts?.(socket.remoteAddress ?? '', 0) ? id : undefined;
}

/** server.proxyHeader names the client's address where the proxy uses another header than X-Forwarded-For. */
function useProxyHeader(app: App, header: string | undefined): void {
  const name = header?.toLowerCase();
  if (name === undefined || name === '' || name === 'x-forwarded-for') return;
  app.addHook('onRequest', async ({ raw: { headers } }) => {
    const address = headers[name];
    if (typeof address === 'string') headers['x-forwarded-for'] = address;
    else delete headers['x-forwarded-for'];
  });
}

function commonHeaders(app: App, { draining }: ServerContext, tls: boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      ...(tls ? { 'strict-transport-security': 'max-age=31536000' } : {}),
      // The next request goes elsewhere, before this connection ends by itself.
      ...(draining() ? { connection: 'close' } : {}),
    });
    done();
  });
}

/** Its line in the log. */
const logRequest: OverListener = (request, reply, status) => {
  const quiet = request.routeOptions.url === '/healthz' || request.routeOptions.url === '/readyz';
  request.log[status >= 500 ? 'warn' : quiet ? 'debug' : 'info'](
    {
      method: request.method,
      // A query can hold a token.
      path: pathOf(request.url),
      status,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: request.ip,
      ...(request.caller ? { user: request.caller.userId } : {}),
      ...(reply.problem ? { code: reply.problem } : {}),
    },
    'request',
  );
};

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Notes every route; what it returns then makes paths that exist answer 405, not 404, to other methods. */
function otherMethods(app: App): () => void {
  const taken = new Map<string, Set<string>>();
  const preflights: string[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (url.endsWith('*')) {
      if (method.includes('OPTIONS')) preflights.push(url.slice(0, -1));
      return;
    }
    const known = taken.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    taken.set(url, known);
  });
  return () => {
    for (const [url, known] of [...taken]) {
      const allow = [...known].join(', ');
      const preflighted = preflights.some((path) => url.startsWith(path));
      app.route({
        url,
        method: methods.filter((method) => !known.has(method) && !(method === 'OPTIONS' && preflighted)),
        handler: (request, reply) => {
          reply.header('allow', allow);
          throw failure('api/method-not-allowed', { method: request.method, allow });
        },
      });
    }
  };
}
