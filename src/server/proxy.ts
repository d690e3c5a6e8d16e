/**
 * /livekit/* → the SFU, so that browsers need one host name and one port. Bytes are handed on as they are: a
 * WebSocket is opened towards LiveKit first, and what LiveKit answers, 101 or a refusal with its reason, is what
 * the browser gets.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, failure } from '../core/errors.ts';
import type { App, ServerContext } from './context.ts';
import { closeFrame, Frames } from './frames.ts';
import { problemOf, problemType, rawProblem } from './problem.ts';

const prefix = '/livekit';
/** How long LiveKit may take to begin an answer, in milliseconds. */
const answerTimeout = 30_000;

/** Clients of a WebSocket that ends with this code know that they may come back (RFC 6455, 7.4). */
const serviceRestart = 1012;
/** How long they may take to hear it, in milliseconds. */
const lastWords = 1_000;

/** Headers that are about one connection, not about the message (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Adds the route, and takes WebSocket upgrades from the scope's server. */
export function sfuProxy(scope: App, { sfu }: ServerContext): void {
  const target = new URL(sfu.connection.url);
  const secure = target.protocol === 'https:';
  const verify = { rejectUnauthorized: !sfu.connection.skipTLSVerify };
  const agent = secure ? new HttpsAgent({ keepAlive: true, ...verify }) : new HttpAgent({ keepAlive: true });
  const open = (incoming: IncomingMessage, headers: IncomingHttpHeaders, pooled: boolean) =>
    (secure ? httpsRequest : httpRequest)({
      ...(secure ? verify : {}),
      agent: pooled ? agent : false,
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || (secure ? 443 : 80),
      method: incoming.method ?? 'GET',
      path: target.pathname.replace(/\/$/, '') + (incoming.url ?? '').slice(prefix.length),
      headers: { ...headers, host: target.host },
      timeout: answerTimeout,
    });

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.all(`${prefix}/*`, (request, reply) => {
    reply.hijack();
    const { raw: incoming } = request;
    const { raw: outgoing } = reply;
    const upstream = open(incoming, forwarded(incoming, request), true);
    const refuse = (known: Failure) => {
      if (outgoing.headersSent) {
        outgoing.destroy();
        return;
      }
      const problem = problemOf(known, request.id);
      outgoing.writeHead(problem.status, { 'content-type': problemType }).end(JSON.stringify(problem));
    };
    upstream.on('timeout', () => upstream.destroy(failure('server/sfu-timeout', {})));
    upstream.on('error', (error) => refuse(asFailure(error)));
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      pipeline(answer, outgoing, () => {});
    });
    outgoing.on('close', () => upstream.destroy());
    pipeline(incoming, upstream, () => {});
  });

  /** How each WebSocket is ended, as well as it can be at the time. */
  const sockets = new Map<Duplex, () => void>();
  scope.server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!incoming.url?.startsWith(`${prefix}/`)) {
      socket.end(rawProblem(failure('api/not-found', { path: (incoming.url ?? '').replace(/\?.*/s, '') })));
      return;
    }
    // A signal connection may rest for long; LiveKit's pings tell when it is dead.
    socket.setTimeout(0);
    sockets.set(socket, () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    const headers = { ...forwarded(incoming), connection: 'Upgrade', upgrade: incoming.headers.upgrade };
    const upstream = open(incoming, headers, false);
    upstream.on('timeout', () => upstream.destroy(failure('server/sfu-timeout', {})));
    upstream.on('error', (error) => socket.end(rawProblem(asFailure(error))));
    upstream.on('response', (answer) => {
      socket.write(statusAndHeaders(answer, 'Connection: close'));
      pipeline(answer, socket, () => {});
    });
    upstream.on('upgrade', (answer, peer, peerHead) => {
      peer.setTimeout(0);
      socket.write(statusAndHeaders(answer));
      socket.write(peerHead);
      peer.write(head);
      pipeline(socket, peer, () => socket.destroy());
      pipeline(peer, socket, () => peer.destroy());
      const frames = new Frames();
      frames.read(peerHead);
      peer.on('data', (chunk: Buffer) => frames.read(chunk));
      sockets.set(socket, () => {
        if (!frames.between) return socket.destroy();
        peer.unpipe(socket);
        socket.end(closeFrame(serviceRestart, 'this server is about to end'));
      });
    });
    socket.on('close', () => upstream.destroy());
    upstream.end();
  });
  scope.addHook('preClose', async () => {
    for (const end of sockets.values()) end();
    const deadline = performance.now() + lastWords;
    while (sockets.size > 0 && performance.now() < deadline) await sleep(20);
    for (const socket of sockets.keys()) socket.destroy();
    agent.destroy();
  });
}

/** The request's headers for the next server, with where it came from. */
function forwarded(
  incoming: IncomingMessage,
  client?: { ip: string; protocol: string },
): IncomingHttpHeaders {
  const { socket, headers } = incoming;
  const encrypted = 'encrypted' in socket && socket.encrypted === true;
  return {
    ...endToEnd(headers),
    'x-forwarded-for': client?.ip ?? socket.remoteAddress,
    'x-forwarded-proto': client?.protocol ?? (encrypted ? 'https' : 'http'),
    'x-forwarded-host': headers.host,
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.has(name)),
  );
}

function statusAndHeaders(answer: IncomingMessage, ...more: string[]): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  const { rawHeaders } = answer;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const framing = more.length > 0 && /^(connection|transfer-encoding|keep-alive)$/i.test(name);
    if (!framing) lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  return `${[...lines, ...more].join('\r\n')}\r\n\r\n`;
}

function asFailure(error: Error): Failure {
  return error instanceof Failure ? error : failure('server/sfu-unreachable', {}, error);
}
