/** Requests as clients really send them: with headers and bodies that nobody asked for, or with mistakes. */
import { request as httpRequest } from 'node:http';
import type { HTTPMethods } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer } from '../../src/server/index.ts';
import { ask, bearer, makeContext, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
let roomId: string;
beforeEach(async () => {
  server = await makeServer({
    control: {
      removeParticipant: async () => {},
      deleteRoom: async () => {},
      getParticipant: async () => ({ tracks: [] }) as never,
    },
  });
  roomId = (await ask(server.app, 'POST', '/api/room/create', 'ana', { name: 'standup' })).body.id;
});
afterEach(() => server.close());

async function send(method: HTTPMethods, path: string, headers: Record<string, string>, payload?: string) {
  const response = await server.app.inject({
    method: method as 'POST',
    url: `/api/room${path}`,
    headers: { ...(await bearer('ana')), ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}
const json = { 'content-type': 'application/json' };

test('a type without a body is none: Bedrud’s clients always send application/json', async () => {
  const nothing = { 'content-length': '0' };
  for (const headers of [json, { ...json, ...nothing }, { 'content-type': 'x/y', ...nothing }]) {
    expect(await send('POST', `/${roomId}/kick/ben`, headers)).toMatchObject({ status: 200 });
    expect(await send('POST', `/${roomId}/mute/ana`, headers)).toMatchObject({
      body: { detail: 'this is not for yourself' },
    });
  }
  expect(await send('DELETE', `/${roomId}`, json)).toMatchObject({ status: 200 });
});

test('administrators kick and mute where Bedrud’s dashboard has it', async () => {
  const act = (what: string, claims: object) =>
    ask(
      server.app,
      'POST',
      `/api/admin/rooms/${roomId}/participants/ben/${what}`,
      { user: 'sue', claims },
      {},
    );
  const superadmin = { accesses: ['superadmin'] };
  expect(await act('kick', superadmin)).toMatchObject({ status: 200, body: { status: 'success' } });
  expect(await act('mute', superadmin)).toMatchObject({ status: 404, body: { code: 'room/no-such-track' } });
  for (const what of ['kick', 'mute']) {
    expect(await act(what, { accesses: ['admin'] })).toMatchObject({ body: { code: 'api/forbidden' } });
  }
});

test('a body where none is taken is passed over, whatever it is', async () => {
  for (const [type, payload] of [
    ['application/json', '{}'],
    ['application/json', 'no JSON'],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['text/plain', 'x'.repeat(100_000)],
  ] as const) {
    expect(await send('POST', `/${roomId}/kick/ben`, { 'content-type': type }, payload)).toMatchObject({
      status: 200,
    });
  }
});

test('a body that is taken is JSON', async () => {
  const join = (type: string, payload: string) => send('POST', '/join', { 'content-type': type }, payload);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', ';', 'application/xml']) {
    expect(await join(type, '{"roomName":"standup"}')).toMatchObject({
      status: 415,
      body: { code: 'api/unsupported-media-type' },
    });
  }
  expect((await join('application/json; charset=utf-8', '{"roomName":"standup"}')).status).toBe(200);
  expect((await join('application/json', `{"roomName":"${'a'.repeat(70_000)}"}`)).status).toBe(413);
});

test('what is wrong with a request is said so that it can be mended', async () => {
  const detail = async (method: HTTPMethods, path: string, payload?: object) =>
    (await send(method, path, payload ? json : {}, payload && JSON.stringify(payload))).body.detail;
  expect(await detail('POST', '/join')).toBe('the body must be a JSON object');
  expect(await detail('POST', '/join', { roomname: 'x' })).toBe(
    'body must have required property \'roomName\', body has "roomname", which is not known here',
  );
  expect(await detail('POST', '/join', { roomName: 'two words' })).toBe(
    'body/roomName must be the name of a room: letters, digits and single hyphens',
  );
  expect(await detail('POST', '/create', { mode: 'party' })).toBe(
    'body/mode must be equal to one of the allowed values: standard, webinar, broadcast',
  );
  expect(await detail('GET', '/archived?page=0')).toMatch(/^querystring\/page must match pattern/);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key${n}`, n]));
  expect(await detail('POST', '/create', many)).toMatch(/^.{100,300}, and 995 more$/);
});

test('a path that is there says which methods it has', async () => {
  for (const method of ['GET', 'PATCH', 'OPTIONS', 'TRACE'] as const) {
    expect(await send(method, '/join', {})).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
      body: { code: 'api/method-not-allowed', hint: 'use POST' },
    });
  }
});

test('who may come back in a moment is told when', async () => {
  server.context.draining = () => true;
  expect(await send('POST', '/join', json, '{"roomName":"standup"}')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
  });
});

test('an offer to speak another protocol is passed over: Java’s client makes one with each request', async () => {
  const { context } = await makeContext({ flags: { 'server.host': '127.0.0.1' } });
  context.config.server.port = 0;
  const running = await startServer(context);
  try {
    const answered = async (headers: Record<string, string>, body?: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { method: body ? 'POST' : 'GET', headers, agent: false } as const;
        httpRequest(`${running.url}${body ? '/api/room/create' : '/healthz'}`, options)
          .on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
          .on('error', reject)
          .end(body);
      });
    const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    expect(await answered(offer)).toBe(200);
    expect(await answered({ ...offer, ...json, ...(await bearer('ana')) }, '{"name":"java"}')).toBe(201);
  } finally {
    await running.close(0);
    await context.store.close();
  }
});
