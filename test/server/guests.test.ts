/** People without an account. */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { type Asker, ask, jwtSecret, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server.close());

const call = (...[method, url, as, payload]: [Parameters<typeof ask>[1], string, Asker, object?]) =>
  ask(server.app, method, url, as, payload);
const create = async (over: object = {}) =>
  (await call('POST', '/api/room/create', 'ana', { name: 'standup', isPublic: true, ...over })).body;
const come = (guestName = 'Gus', headers: Record<string, string> = {}) =>
  call('POST', '/api/room/guest-join', { headers }, { roomName: 'standup', guestName });
const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
const refused = (code: string, status: number) => ({ status, body: { code } });
const video = (token: string) => decodeJwt(token)['video'] as Record<string, unknown>;

describe('joining as a guest', () => {
  test('answers a token with an identity that cannot be guessed, and few rights', async () => {
    server = await makeServer();
    await create();
    const [one, two] = [await come('Gus \u202eG'), await come()];
    expect(one).toMatchObject({ status: 200, body: { name: 'standup', adminId: 'ana' } });
    expect(one.body.identity).toMatch(/^guest-[0-9a-f]{32}$/);
    expect(one.body.identity).not.toBe(two.body.identity);
    expect(decodeJwt(one.body.token)).toMatchObject({
      sub: one.body.identity,
      name: 'Gus G',
      metadata: '{"accesses":["guest"]}',
    });
    expect(video(one.body.token)).toEqual({
      roomJoin: true,
      room: 'standup',
      canPublish: true,
      canPublishSources: ['microphone', 'screen_share_audio', 'camera', 'screen_share'],
      canPublishData: true,
      canUpdateOwnMetadata: false,
    });
  });

  test('gives no more than the settings of the room', async () => {
    server = await makeServer();
    const { id } = await create({ settings: { allowVideo: false, allowChat: false } });
    expect(video((await come()).body.token)).toMatchObject({
      canPublish: true,
      canPublishSources: ['microphone', 'screen_share_audio'],
      canPublishData: false,
    });
    await server.context.store.rooms.update(id, { settings: { allowAudio: false } });
    expect(video((await come()).body.token)).toMatchObject({ canPublish: false, canPublishSources: [] });
  });

  test('keeps who brings the access token, or the cookie, the same', async () => {
    server = await makeServer();
    await create({ maxParticipants: 1 });
    const first = await come();
    const { identity, accessToken } = first.body;
    expect(await come('Gus again', withToken(accessToken))).toMatchObject({
      status: 200,
      body: { identity },
    });
    const cookie = String(first.headers['set-cookie']);
    expect(cookie).toMatch(
      /^bedrud_guest_id=guest-[0-9a-f]{32}\.[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    const value = cookie.split(';')[0] ?? '';
    expect(await come('Gus', { cookie: `theme=dark; ${value}` })).toMatchObject({
      status: 200,
      body: { identity },
    });
    expect(await come('Eve')).toMatchObject(refused('room/full', 403));
  });

  test('makes somebody new of forged cookies and of tokens that are no guest’s', async () => {
    server = await makeServer();
    await create();
    const { identity } = (await come()).body;
    for (const headers of [
      { cookie: `bedrud_guest_id=${identity}.forged` },
      { cookie: `bedrud_guest_id=${identity}` },
      { cookie: 'bedrud_guest_id=ana.x' },
    ]) {
      expect((await come('Eve', headers)).body.identity).not.toBe(identity);
    }
    const joined = await call('POST', '/api/room/guest-join', 'ana', {
      roomName: 'standup',
      guestName: 'Ana',
    });
    expect(joined.body.identity).toMatch(/^guest-/);
    expect(await come('Eve', withToken('nonsense'))).toMatchObject(refused('api/unauthenticated', 401));
  });

  test('is refused where it has to be', async () => {
    server = await makeServer({ flags: { 'rateLimit.guestMaxRequests': 0 } });
    const { id } = await create();
    await create({ name: 'secret', isPublic: false });
    const into = (roomName: string) =>
      call('POST', '/api/room/guest-join', undefined, { roomName, guestName: 'Gus' });
    expect(await into('none')).toMatchObject(refused('room/not-found', 404));
    expect(await into('secret')).toMatchObject(refused('room/private', 403));
    for (const guestName of ['', ' \u202e ', 'x'.repeat(51)]) {
      expect(await come(guestName)).toMatchObject(refused('api/invalid', 400));
    }
    expect(await call('POST', '/api/room/guest-join', undefined, { roomName: 'standup' })).toMatchObject(
      refused('api/invalid', 400),
    );
    const { identity, accessToken } = (await come()).body;
    await server.context.store.bans.add({ roomId: id, identity, name: 'Gus', by: 'ana' });
    expect(await come('Gus', withToken(accessToken))).toMatchObject(refused('room/banned', 403));
    await server.context.store.rooms.setState(id, 'suspended', ['active']);
    expect(await come()).toMatchObject(refused('room/suspended', 410));
  });

  test('is off where the configuration says so', async () => {
    server = await makeServer({ flags: { 'auth.guestLoginEnabled': false } });
    await create();
    expect(await come()).toMatchObject(refused('room/guests-off', 403));
  });

  test('stops when the server is about to end', async () => {
    server = await makeServer({ draining: () => true });
    await create();
    expect(await come()).toMatchObject(refused('server/draining', 503));
  });
});

test('a guest’s access token is for rooms, and ends', async () => {
  server = await makeServer();
  await create();
  const { identity, accessToken, tokens } = (await come()).body;
  expect(tokens).toEqual({ accessToken });
  expect(accessToken).not.toContain(jwtSecret);
  const { exp = 0, iat = 0, ...claims } = decodeJwt(accessToken);
  expect(claims).toEqual({
    userId: identity,
    email: '',
    name: 'Gus',
    provider: 'guest',
    accesses: ['guest'],
  });
  expect(exp - iat).toBe(24 * 3600);
  const as = { headers: withToken(accessToken) };
  expect(await call('POST', '/api/room/refresh-token', as, { roomName: 'standup' })).toMatchObject({
    status: 200,
  });
  const again = await call('POST', '/api/room/join', as, { roomName: 'standup' });
  expect(again).toMatchObject({ status: 200, body: { identity } });
  expect(video(again.body.token)).toMatchObject({ canUpdateOwnMetadata: false });
  expect(await call('POST', '/api/room/create', as, {})).toMatchObject(refused('api/forbidden', 403));
  expect(await call('GET', '/api/room/list', as)).toMatchObject(refused('api/forbidden', 403));
  expect(await call('GET', '/api/room/archived', as)).toMatchObject(refused('api/forbidden', 403));
});
