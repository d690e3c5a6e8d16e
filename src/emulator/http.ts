import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { reasonOf } from '../core/errors.ts';
import { ConnectRefused, checkConnect } from './connect.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Claims } from './grants.ts';
import { TokenRefused, verifyToken } from './jwt.ts';
import { serveSession } from './session.ts';
import { type Answer, answerTwirp, type Service } from './twirp.ts';

/** No request of the API is larger. In bytes. */
const largestBody = 8 * 1024 * 1024;
/** How long clients have to answer the goodbye when the server ends. In milliseconds. */
const patience = 500;
/** No signalling message is larger. In bytes. */
const largestMessage = 4 * 1024 * 1024;

export interface HttpServer {
  server: Server;
  /** Stops listening; resolves once the last connection has ended. */
  close(): Promise<void>;
}

/**
 * The HTTP side: routing and refusals as Go's router and LiveKit's middleware have them. Plain node:http, because
 * what is to be imitated (which method is refused where, with which body) is what a framework decides by itself.
 */
export function makeServer(plane: ControlPlane, services: Readonly<Record<string, Service>>): HttpServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage });
  const server = createServer((request, response) => void respond(plane, services, request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = (answer: Answer) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket as never);
      response.setHeader('connection', 'close');
      response.on('finish', () => socket.end());
      write(plane, request, response, answer);
    };
    try {
      const { path, query } = target(request);
      const claims = authenticate(plane, request, query);
      const needsJoinRequest = path === '/rtc/v1' && plane.behaviour.joinRequests;
      if (path !== '/rtc' && !needsJoinRequest) return refused(route(plane, services, request, claims));
      const connect = checkConnect(plane, query, claims, { needsJoinRequest, validating: false });
      const room = plane.roomFor(connect);
      if (!room) throw new ConnectRefused(500, 'connection closed by media');
      sockets.handleUpgrade(request, socket, head, (client) => serveSession(plane, room, connect, client));
    } catch (error) {
      refused(refusal(error));
    }
  });
  return {
    server,
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      const impatient = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, patience);
      await ended;
      clearTimeout(impatient);
    },
  };
}

async function respond(
  plane: ControlPlane,
  services: Readonly<Record<string, Service>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request).catch(() => undefined);
  if (!body) return void request.socket.destroy();
  if (isPreflight(request)) return void preflight(request, response);
  try {
    const form = new URLSearchParams(isForm(request) ? body.toString() : '');
    const claims = authenticate(plane, request, target(request, form).query);
    write(plane, request, response, route(plane, services, request, claims, body, form));
  } catch (error) {
    write(plane, request, response, refusal(error));
  }
}

function route(
  plane: ControlPlane,
  services: Readonly<Record<string, Service>>,
  request: IncomingMessage,
  claims: Claims | undefined,
  body: Buffer = Buffer.alloc(0),
  form?: URLSearchParams,
): Answer {
  const { path, query } = target(request, form);
  const { joinRequests } = plane.behaviour;
  if (path === '/') return text(200, 'OK');
  if (path === '/rtc/validate' || (path === '/rtc/v1/validate' && joinRequests)) {
    checkConnect(plane, query, claims, { needsJoinRequest: path !== '/rtc/validate', validating: true });
    return text(200, 'success');
  }
  if (path === '/rtc' || (path === '/rtc/v1' && joinRequests)) return { status: 404, headers: {}, body: '' };
  const [, prefix, name = '', ...method] = path.split('/');
  const service = prefix === 'twirp' && Object.hasOwn(services, name) ? services[name] : undefined;
  if (!service) {
    const headers = { 'x-content-type-options': 'nosniff' };
    return { ...text(404, '404 page not found\n'), headers: { ...text(404, '').headers, ...headers } };
  }
  if (method.length === 0) return { status: 307, headers: { location: `${path}/` }, body: '' };
  const contentType = request.headers['content-type'] ?? '';
  return answerTwirp(service, { method: request.method ?? '', path, contentType, body, claims });
}

/** @throws TokenRefused, ConnectRefused */
function authenticate(
  plane: ControlPlane,
  request: IncomingMessage,
  query: URLSearchParams,
): Claims | undefined {
  const header = request.headers.authorization ?? '';
  if (header !== '' && !header.startsWith('Bearer '))
    throw new ConnectRefused(401, 'invalid authorization header. Must start with Bearer ');
  const token = header === '' ? (query.get('access_token') ?? '') : header.slice('Bearer '.length);
  return token === ''
    ? undefined
    : verifyToken(token, plane.settings.keys, plane.behaviour, Date.now() / 1000);
}

function refusal(error: unknown): Answer {
  if (error instanceof TokenRefused) return text(401, error.message);
  if (error instanceof ConnectRefused) return text(error.status, error.message);
  return text(500, `the emulator failed: ${reasonOf(error)}`);
}

/** Where a request goes. A leading double slash counts as one; values of a form come before those of the query. */
function target(request: IncomingMessage, form?: URLSearchParams): { path: string; query: URLSearchParams } {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const values = new URLSearchParams(form);
  for (const [name, value] of new URLSearchParams(query)) values.append(name, value);
  return { path: path.replace(/^\/\//, '/'), query: values };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function write(
  plane: ControlPlane,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): void {
  const { origin } = request.headers;
  const { joinRequests, version } = plane.behaviour;
  const open = ['/rtc/validate', ...(joinRequests ? ['/rtc/v1/validate'] : [])];
  const allowed = open.includes(target(request).path) ? '*' : origin;
  response.writeHead(answer.status, {
    'content-length': Buffer.byteLength(answer.body),
    vary: 'Origin',
    'x-bedrud-emulator': version,
    ...(allowed === undefined ? {} : { 'access-control-allow-origin': allowed }),
    ...(origin === undefined ? {} : { 'access-control-expose-headers': '*' }),
    ...answer.headers,
  });
  response.end(answer.body);
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  const wanted = headers['access-control-request-headers'];
  response.writeHead(204, {
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-methods': headers['access-control-request-method'],
    'access-control-max-age': '86400',
    ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
  });
  response.end();
}

function isForm({ headers }: IncomingMessage): boolean {
  return headers['content-type'] === 'application/x-www-form-urlencoded';
}

/** @throws Error when it is larger than any request can be */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
