import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type RunningServer, startServer } from '../../src/server/index.ts';
import { makeContext } from './helpers.ts';

/** Stands in for LiveKit: echoes, and keeps what it was asked. */
let sfu: Server;
let asked: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[];
let running: RunningServer;
let logged: () => string;

beforeEach(async () => {
  asked = [];
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

  test('does not hold up the end', async () => {
    const socket = webSocket('/livekit/rtc');
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await running.close(60_000);
    await closed;
    await expect(fetch(running.url)).rejects.toThrow();
  });
});
