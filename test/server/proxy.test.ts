import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type RunningServer, startServer } from '../../src/server/index.ts';
import { makeContext } from './helpers.ts';

/** Stands in for LiveKit: echoes, and keeps what it was asked. */
let sfu: Server;
let asked: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[];
/** LiveKit's ends of the connections. */
let clients: Duplex[];
let running: RunningServer;
let logged: () => string;

beforeEach(async () => {
  asked = [];
  clients = [];
  const sockets = new WebSocketServer({ noServer: true });
  sfu = createServer((request, response) => {
    asked.push({ method: request.method, url: request.url, headers: request.headers });
    response.writeHead(request.url?.startsWith('/rtc/validate') ? 401 : 200, { 'x-livekit': 'yes' });
    request.pipe(response);
  });
  sfu.on('upgrade', (request: IncomingMessage, socket, head) => {
    asked.push({ method: request.method, url: request.url, headers: request.headers });
    if (request.url?.includes('access_token=bad')) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\nConnection: close\r\n\r\ninvalid token');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      clients.push(socket);
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    });
  });
  await new Promise<void>((resolve) => sfu.listen(0, '127.0.0.1', resolve));
  const { port } = sfu.address() as AddressInfo;
  const made = await makeContext({
    flags: { 'server.host': '127.0.0.1' },
    url: `http://127.0.0.1:${port}`,
  });
  made.context.config.server.port = 0;
  logged = made.logged;
  running = await startServer(made.context);
});
afterEach(async () => {
  await running.close(0);
  sfu.closeAllConnections();
  sfu.close();
});

const webSocket = (path: string) => new WebSocket(`${running.url.replace('http', 'ws')}${path}`);

describe('/livekit/', () => {
  test('hands requests on, without the prefix and with their body', async () => {
    const body = new Uint8Array([0, 1, 2, 255]);
    const response = await fetch(`${running.url}/livekit/twirp/livekit.RoomService/ListRooms?a=1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/protobuf',
        authorization: 'Bearer x',
        'x-forwarded-for': '6.6.6.6',
      },
      body,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-livekit')).toBe('yes');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
    expect(asked).toMatchObject([
      {
        method: 'POST',
        url: '/twirp/livekit.RoomService/ListRooms?a=1',
        headers: { authorization: 'Bearer x', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
      },
    ]);
  });

  test('hands refusals on as they are', async () => {
    expect((await fetch(`${running.url}/livekit/rtc/validate?access_token=t`)).status).toBe(401);
  });

  test('carries a WebSocket', async () => {
    const socket = webSocket('/livekit/rtc?access_token=good');
    const echoed = await new Promise((resolve, reject) => {
      socket.on('open', () => socket.send(Buffer.from([1, 2, 3])));
      socket.on('message', resolve);
      socket.on('error', reject);
    });
    expect(echoed).toEqual(Buffer.from([1, 2, 3]));
    expect(asked[0]?.url).toBe('/rtc?access_token=good');
    expect(logged()).not.toContain('access_token');
    socket.close();
  });

  test('hands on why a WebSocket is refused', async () => {
    const refused = await new Promise<IncomingMessage>((resolve) => {
      webSocket('/livekit/rtc?access_token=bad')
        .on('unexpected-response', (_request, response) => resolve(response))
        .on('error', () => {});
    });
    expect(refused.statusCode).toBe(401);
    expect(await refused.toArray().then((chunks) => Buffer.concat(chunks).toString())).toBe('invalid token');
  });

  test('says that LiveKit is away', async () => {
    sfu.closeAllConnections();
    await new Promise((resolve) => sfu.close(resolve));
    const response = await fetch(`${running.url}/livekit/rtc/validate`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'server/sfu-unreachable' });
    const refused = await new Promise<number | undefined>((resolve) => {
      webSocket('/livekit/rtc')
        .on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
        .on('error', () => {});
    });
    expect(refused).toBe(502);
  });

  test('is the only place for WebSockets', async () => {
    const refused = await new Promise<number | undefined>((resolve) => {
      webSocket('/api/room/list')
        .on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
        .on('error', () => {});
    });
    expect(refused).toBe(404);
  });

  test('does not hold up the end, and tells clients of it between two frames', async () => {
    const socket = webSocket('/livekit/rtc');
    await new Promise((resolve) => socket.on('open', resolve));
    const long = Buffer.alloc(70_000, 'x');
    const echoed = new Promise((resolve) => socket.on('message', resolve));
    socket.send(long);
    expect(await echoed).toEqual(long);
    const closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve([code, reason.toString()])),
    );
    await running.close(60_000);
    expect(await closed).toEqual([1012, 'this server is about to end']);
    await expect(fetch(running.url)).rejects.toThrow();
  });

  test('is cut where a frame is under way, or the client does not listen', async () => {
    const { hostname, port } = new URL(running.url);
    const open = async () => {
      const socket = connect(Number(port), hostname);
      const handshake = `GET /livekit/rtc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
      socket.write(handshake);
      await new Promise((resolve) => socket.once('data', resolve));
      return socket;
    };
    const [one, other] = [await open(), await open()];
    // LiveKit's side begins a frame of 100 bytes, and goes no further.
    clients[0]?.write(Buffer.from([0x82, 100, 1, 2]));
    const begun = await new Promise<Buffer>((resolve) => one.once('data', resolve));
    expect([...begun]).toEqual([0x82, 100, 1, 2]);
    const more: Buffer[] = [];
    one.on('data', (chunk) => more.push(chunk));
    const gone = [one, other].map((socket) => new Promise((resolve) => socket.on('close', resolve)));
    other.pause();
    await running.close(60_000);
    other.resume();
    await Promise.all(gone);
    expect(Buffer.concat(more)).toHaveLength(0);
  });
});
