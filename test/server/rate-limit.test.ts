import { afterEach, expect, test } from 'vitest';
import { usualSettings } from '../../src/server/routes/room-fields.ts';
import { type Asker, ask, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server.close());

const few = {
  'rateLimit.apiMaxRequests': 2,
  'rateLimit.apiWindowSecs': 50,
  'rateLimit.guestMaxRequests': 1,
  'rateLimit.guestWindowSecs': 20,
};
async function start(flags: Record<string, unknown> = few) {
  server = await makeServer({ flags });
  const room = {
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 0,
    settings: usualSettings,
  };
  return server.context.store.rooms.create({ ...room, name: 'standup' });
}
const post = (path: string, as: Asker, payload: object) =>
  ask(server.app, 'POST', `/api/room/${path}`, as, payload);
const join = (as: Asker) => post('join', as, { roomName: 'standup' });
const guest = (remoteAddress: string, headers = {}) =>
  server.app.inject({
    method: 'POST',
    url: '/api/room/guest-join',
    remoteAddress,
    headers,
    payload: { roomName: 'standup', guestName: 'Gus' },
  });

test.each([
  ['join', { roomName: 'standup' }],
  ['refresh-token', { roomName: 'standup' }],
  ['create', {}],
])('%s is limited by user, and says how long to wait', async (path, payload) => {
  await start();
  for (let n = 0; n < 2; n += 1) expect((await post(path, 'ben', payload)).status).not.toBe(429);
  const { status, body, headers } = await post(path, 'ben', payload);
  expect({ status, body }).toMatchObject({
    status: 429,
    body: { code: 'api/rate-limited', detail: 'too many requests: 2 in 50 seconds are allowed' },
  });
  expect(Number(headers['retry-after'])).toBeGreaterThan(40);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(50);
  expect((await post(path, 'cy', payload)).status).not.toBe(429);
});

test('what was refused does not count for another route, nor for who has no valid token', async () => {
  await start();
  for (let n = 0; n < 4; n += 1) expect((await join({})).status).toBe(401);
  for (let n = 0; n < 3; n += 1) await join('ben');
  expect((await join('ben')).status).toBe(429);
  expect((await post('refresh-token', 'ben', { roomName: 'standup' })).status).toBe(200);
});

test('guests are limited by address, whatever they say of themselves', async () => {
  await start();
  const { statusCode, ...first } = await guest('203.0.113.7');
  expect(statusCode).toBe(200);
  const { accessToken } = first.json();
  expect((await guest('203.0.113.7', { authorization: `Bearer ${accessToken}` })).statusCode).toBe(429);
  expect((await guest('203.0.113.8')).statusCode).toBe(200);
  // Whoever has one address of IPv6 has them all.
  expect((await guest('2001:db8::1')).statusCode).toBe(200);
  expect((await guest('2001:db8::2')).statusCode).toBe(429);
  expect((await guest('2001:db8:0:0:9:8:7:6')).statusCode).toBe(429);
  expect((await guest('2001:db8:0:1::1')).statusCode).toBe(200);
  // IPv4, as a server on :: sees it.
  expect((await guest('::ffff:203.0.113.7')).statusCode).toBe(429);
  expect((await guest('::ffff:203.0.113.9')).statusCode).toBe(200);
});

test('looking is limited too', async () => {
  const { id } = await start();
  const look = async (path: string) => (await ask(server.app, 'GET', `/api/room/${path}`, undefined)).status;
  expect([await look('check/standup'), await look('check/standup')]).toEqual([200, 429]);
  const presence = `${id}/presence?countOnly=1`;
  expect([await look(presence), await look(presence), await look(presence)]).toEqual([200, 200, 429]);
});

test('0 is no limit', async () => {
  await start({ 'rateLimit.apiMaxRequests': 0, 'rateLimit.guestMaxRequests': 0 });
  for (let n = 0; n < 40; n += 1) expect((await join('ben')).status).toBe(200);
  for (let n = 0; n < 10; n += 1) expect((await guest('203.0.113.7')).statusCode).toBe(200);
});
