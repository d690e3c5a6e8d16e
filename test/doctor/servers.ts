/** Servers to put in doctor's way. All are closed after the test that started them. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket, type Server as TcpServer } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterEach } from 'vitest';
import { startEmulator } from '../../src/emulator/index.ts';
import { config, key, secret } from './recreate.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    socket.on('error', () => {});
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** A TCP server of our own making. @returns its port */
export function tcp(onConnection: (socket: Socket) => void): Promise<number> {
  return listen(createServer(onConnection));
}

/** An HTTP server. @returns its port */
export function http(answer: RequestListener): Promise<number> {
  return listen(createHttpServer(answer));
}

/** An HTTPS server with a certificate of its own making. @returns its port */
export function https(answer: RequestListener): Promise<number> {
  return listen(createHttpsServer(selfSigned(), answer));
}

function selfSigned() {
  const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
  return { cert: file('self-signed.crt'), key: file('self-signed.key') };
}

/** TURN over TCP as far as a STUN binding, beneath so many layers of TLS. @returns its port */
export async function stunOverTcp(layers: 0 | 1 | 2): Promise<number> {
  const secureContext = createSecureContext(selfSigned());
  return tcp((socket) => {
    let stream: Socket = socket;
    for (let layer = 0; layer < layers; layer++) {
      stream = new TLSSocket(stream, { isServer: true, secureContext });
      stream.on('error', () => socket.destroy());
    }
    stream.on('data', (request: Buffer) => {
      if (request.readUInt16BE(0) !== 0x0001) return socket.destroy();
      // Success, without attributes, of the same transaction.
      return stream.write(Buffer.concat([Buffer.from([1, 1, 0, 0]), request.subarray(4, 20)]));
    });
  });
}

/** A UDP port that hears everything and says nothing. */
export async function silentUdp(): Promise<number> {
  const socket = createSocket('udp4');
  closing.push(() => new Promise<void>((done) => socket.close(() => done())));
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  return socket.address().port;
}

/** A livekit-server as far as doctor can tell. @returns its port */
export async function livekit(apiSecret = secret, version?: string): Promise<number> {
  const emulator = await startEmulator({
    port: 0,
    keys: { [key]: apiSecret },
    ...(version ? { version } : {}),
  });
  closing.push(() => emulator.close());
  return emulator.port;
}

/** What a proxy in front of LiveKit does wrong. */
export interface ProxyFaults {
  /** Answers itself instead of passing on. */
  answers?(
    request: IncomingMessage,
  ): { status: number; type?: string; body?: string; headers?: object } | undefined;
  /** Drops the Upgrade header, as nginx does unless told otherwise. */
  noUpgrade?: boolean;
  /** Changes what LiveKit answered. */
  headers?: Record<string, string>;
}

/** A reverse proxy to `port` with faults. @returns its own port */
export function proxy(port: number, { answers, noUpgrade, headers }: ProxyFaults): Promise<number> {
  const server: Server = createHttpServer((incoming, outgoing) => {
    const own = answers?.(incoming);
    if (own) {
      outgoing.writeHead(own.status, { 'content-type': own.type ?? 'text/html', ...own.headers });
      return outgoing.end(own.body ?? '<html></html>');
    }
    const { connection: _, upgrade: __, ...kept } = incoming.headers;
    const inner = request({ port, method: incoming.method, path: incoming.url, headers: kept }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers });
      answer.pipe(outgoing);
    });
    inner.on('error', () => outgoing.writeHead(502).end());
    return incoming.pipe(inner);
  });
  if (!noUpgrade) {
    server.on('upgrade', (incoming, socket) => {
      const inner = request({ port, path: incoming.url, headers: incoming.headers });
      inner.on('upgrade', (answer, behind, head) => {
        const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
        socket.write(head);
        socket.on('error', () => behind.destroy());
        behind.on('error', () => socket.destroy());
        behind.pipe(socket).pipe(behind);
      });
      inner.on('error', () => socket.destroy()).end();
    });
  }
  return listen(server);
}

/** config.yaml for an external LiveKit: the API at one port, clients at another. */
export function externalAt(
  internal: number | string,
  host: number | string = internal,
  more = '',
): Record<string, string> {
  const url = (at: number | string, scheme: string) =>
    typeof at === 'number' ? `${scheme}://127.0.0.1:${at}` : at;
  const lines = `external: true\nhost: ${url(host, 'ws')}\ninternalHost: ${url(internal, 'http')}\n${more}`;
  return { 'config.yaml': config({ livekit: lines }).replace('  nodeIP: 192.0.2.7\n', '') };
}
