import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { accessToken, bearer, jwtSecret, keys, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server.close());

async function call(method: 'GET' | 'POST' | 'PUT', url: string, as: string, payload?: object, claims = {}) {
  const headers = await bearer(as, claims);
  const response = await server.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  return { status: response.statusCode, body: response.json() };
}
const create = (payload: object = { name: 'standup', isPublic: true }, as = 'ana', claims = {}) =>
  call('POST', '/api/room/create', as, payload, claims);
const join = (as: string, roomName = 'standup', claims = {}) =>
  call('POST', '/api/room/join', as, { roomName }, claims);

describe('creating a room', () => {
  test('answers the room, with defaults for what was not said', async () => {
    server = await makeServer();
    expect(await create({ name: ' StandUp ' })).toMatchObject({
      status: 201,
      body: {
        name: 'standup',
        createdBy: 'ana',
        isPublic: false,
        isActive: true,
        maxParticipants: 20,
        mode: 'standard',
        settings: { allowChat: true, recordingsAllowed: true, isPersistent: false },
      },
    });
  });

  test('makes up a name where none is given', async () => {
    server = await makeServer();
    expect((await create({})).body.name).toMatch(/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  });

  test.each([
    [{ name: 'no spaces please' }, 'the name of a room'],
    [{ name: 'ok', unknown: true }, '"unknown", which is not known'],
    [{ isPublic: 'yes' }, 'boolean'],
    [{ maxParticipants: 100_000 }, 'at most'],
    [{ mode: 'party' }, 'allowed values'],
  ])('refuses %j', async (payload, why) => {
    server = await makeServer({ flags: { 'server.maxParticipantsLimit': 1000 } });
    const { status, body } = await create(payload);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'api/invalid', status: 400 });
    expect(body.detail).toContain(why);
  });

  test('is not for guests, and limited for users', async () => {
    server = await makeServer({ flags: { 'server.maxRoomsPerUser': 1 } });
    expect(await create({}, 'gus', { provider: 'guest' })).toMatchObject({ status: 403 });
    expect(await create({})).toMatchObject({ status: 201 });
    expect(await create({})).toMatchObject({ status: 403, body: { code: 'room/limit-reached' } });
    expect(await create({}, 'ana', { accesses: ['superadmin'] })).toMatchObject({ status: 201 });
  });

  test('takes a name once', async () => {
    server = await makeServer();
    await create();
    expect(await create()).toMatchObject({ status: 409, body: { code: 'room/name-taken' } });
  });
});

describe('joining a room', () => {
  test('answers a token for this user and this room, good for minutes', async () => {
    server = await makeServer({ flags: { 'livekit.host': 'wss://meet.example.com/livekit' } });
    await create();
    const { status, body } = await join('ben', 'Standup', { name: 'Ben \u202eB' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'standup', adminId: 'ana', identity: 'ben' });
    expect(body.livekitHost).toBe('wss://meet.example.com/livekit');
    const claims = decodeJwt(body.token);
    expect(claims).toMatchObject({
      iss: keys.apiKey,
      sub: 'ben',
      name: 'Ben B',
      video: { roomJoin: true, room: 'standup', canUpdateOwnMetadata: true },
    });
    const left = Date.parse(body.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });

  test('says where LiveKit is: under our own name when livekit.host is not set', async () => {
    server = await makeServer({ flags: { 'server.domain': 'meet.example.com', 'server.behindProxy': true } });
    await create();
    expect((await join('ben')).body.livekitHost).toBe('wss://meet.example.com/livekit');
    await server.close();
    server = await makeServer();
    await create();
    expect((await join('ben')).body.livekitHost).toBe('ws://localhost:80/livekit');
  });

  test('a private room is for its creator and the staff', async () => {
    server = await makeServer();
    await create({ name: 'standup', isPublic: false });
    expect(await join('ben')).toMatchObject({ status: 403, body: { code: 'room/private' } });
    expect(await join('ana')).toMatchObject({ status: 200 });
    expect(await join('mo', 'standup', { accesses: ['moderator'] })).toMatchObject({ status: 200 });
  });

  test('stops when the seats are taken, not for who has one', async () => {
    server = await makeServer();
    await create({ name: 'standup', isPublic: true, maxParticipants: 2 });
    expect((await join('ana')).status).toBe(200);
    expect((await join('ben')).status).toBe(200);
    expect(await join('cy')).toMatchObject({ status: 403, body: { code: 'room/full' } });
    expect((await join('ben')).status).toBe(200);
  });

  test('stops when the server is about to end', async () => {
    server = await makeServer({ draining: () => true });
    await create();
    expect(await join('ben')).toMatchObject({ status: 503, body: { code: 'server/draining' } });
  });

  test('a room that was never created is not found', async () => {
    server = await makeServer();
    expect(await join('ana', 'nowhere')).toMatchObject({ status: 404, body: { code: 'room/not-found' } });
  });
});

test('the list has the caller’s rooms and how many are in them', async () => {
  server = await makeServer();
  await create();
  await create({ name: 'retro' });
  await create({ name: 'other' }, 'ben');
  const { body } = await call('GET', '/api/room/list', 'ana');
  expect(body.map((room: { name: string }) => room.name).sort()).toEqual(['retro', 'standup']);
  expect(body[0]).toMatchObject({ participants: 0, isActive: true });
});

describe('controlling participants', () => {
  const participant = {
    identity: 'ben',
    tracks: [
      { sid: 'TR_mic', source: 2 },
      { sid: 'TR_cam', source: 1 },
    ],
    permission: { canPublish: true, canSubscribe: true, canPublishData: true, canPublishSources: [1, 2] },
  };

  test('who is not there is said in the words of the API', async () => {
    const gone = async () => {
      throw failure('sfu/not-found', { what: 'twirp error unknown', hint: 'bedrud room list' });
    };
    server = await makeServer({ control: { removeParticipant: gone, getParticipant: gone } });
    const { body: room } = await create();
    for (const [method, path, body] of [
      ['POST', 'kick', undefined],
      ['POST', 'mute', undefined],
      ['PUT', 'permissions', { canPublish: false }],
    ] as const) {
      expect(await call(method, `/api/room/${room.id}/${path}/ben`, 'ana', body)).toMatchObject({
        status: 404,
        body: { code: 'room/no-such-participant', detail: 'ben is not in room standup' },
      });
    }
  });

  test('kick puts the participant out of LiveKit’s room of that name', async () => {
    const kicked: string[][] = [];
    server = await makeServer({
      control: {
        removeParticipant: async (room, identity) => void kicked.push([room, identity]),
      },
    });
    const { body: room } = await create();
    expect(await call('POST', `/api/room/${room.id}/kick/ben`, 'ana')).toMatchObject({ status: 200 });
    expect(await call('POST', `/api/room/${room.id}/kick/ana`, 'ana')).toMatchObject({ status: 400 });
    expect(kicked).toEqual([['standup', 'ben']]);
  });

  test('is for the creator and the staff, and the creator is safe from moderators', async () => {
    server = await makeServer({ control: { removeParticipant: async () => {} } });
    const { body: room } = await create();
    const kick = async (identity: string, as: string, accesses: string[]) =>
      (await call('POST', `/api/room/${room.id}/kick/${identity}`, as, undefined, { accesses })).status;
    expect(await kick('cy', 'ben', ['user'])).toBe(403);
    expect(await kick('cy', 'mo', ['moderator'])).toBe(200);
    expect(await kick('ana', 'mo', ['moderator'])).toBe(403);
    expect(await kick('ana', 'eve', ['admin'])).toBe(200);
  });

  test('mute takes the microphone, another source, or one track', async () => {
    const muted: unknown[][] = [];
    server = await makeServer({
      control: {
        getParticipant: async () => participant as never,
        mutePublishedTrack: async (...args: unknown[]) => void muted.push(args) as never,
      },
    });
    const { body: room } = await create();
    const mute = (payload?: object) => call('POST', `/api/room/${room.id}/mute/ben`, 'ana', payload);
    expect(await mute()).toMatchObject({ status: 200, body: { tracks: [{ sid: 'TR_mic', muted: true }] } });
    expect((await mute({ source: 'camera' })).status).toBe(200);
    expect((await mute({ trackSid: 'TR_cam', muted: false })).status).toBe(200);
    expect(await mute({ source: 'screen_share' })).toMatchObject({ status: 404 });
    expect(await mute({ source: 'banana' })).toMatchObject({ status: 400 });
    expect(muted).toEqual([
      ['standup', 'ben', 'TR_mic', true],
      ['standup', 'ben', 'TR_cam', true],
      ['standup', 'ben', 'TR_cam', false],
    ]);
  });

  test('permissions keep what the body does not name', async () => {
    const updates: unknown[] = [];
    server = await makeServer({
      control: {
        getParticipant: async () => participant as never,
        updateParticipant: async (_room: string, _identity: string, options: never) => {
          updates.push(options);
          return { permission: (options as { permission: object }).permission } as never;
        },
      },
    });
    const { body: room } = await create();
    const url = `/api/room/${room.id}/permissions/ben`;
    expect(await call('PUT', url, 'ana', { canPublish: false })).toMatchObject({
      status: 200,
      body: {
        permission: { canPublish: false, canSubscribe: true, canPublishSources: ['camera', 'microphone'] },
      },
    });
    expect(updates).toEqual([
      {
        permission: {
          canPublish: false,
          canSubscribe: true,
          canPublishData: true,
          canUpdateMetadata: false,
          hidden: false,
          canPublishSources: [1, 2],
        },
      },
    ]);
    expect(await call('POST', url, 'ana', {})).toMatchObject({ status: 400 });
  });
});

describe('who is let in', () => {
  const list = async (authorization?: string) => {
    const response = await server.app.inject({
      url: '/api/room/list',
      headers: authorization === undefined ? {} : { authorization },
    });
    return response;
  };
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const cases: [string, () => Promise<string | undefined> | string | undefined][] = [
    ['no header', () => undefined],
    ['another scheme', () => 'Basic YW5hOmFuYQ=='],
    ['no token', () => 'Bearer '],
    ['garbage', () => 'Bearer not.a.token'],
    ['another secret', async () => `Bearer ${await accessToken('ana', {}, { secret: 'x'.repeat(32) })}`],
    ['another algorithm', async () => `Bearer ${await accessToken('ana', {}, { alg: 'HS512' })}`],
    ['expired', async () => `Bearer ${await accessToken('ana', {}, { expires: '-1m' })}`],
    ['another purpose', async () => `Bearer ${await accessToken('ana', { purpose: 'password_reset' })}`],
    ['no user', async () => `Bearer ${await accessToken('', { userId: '' })}`],
    ['a user id with a line break', async () => `Bearer ${await accessToken('a', { userId: 'a\nb' })}`],
    ['alg none', async () => `Bearer ${none}.${(await accessToken('ana')).split('.')[1]}.`],
  ];
  test.each(cases)('not with %s', async (_, authorization) => {
    server = await makeServer();
    const response = await list(await authorization());
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json()).toMatchObject({ code: 'api/unauthenticated' });
  });
  test('with a token of the Bedrud server', async () => {
    server = await makeServer();
    expect((await list(`bearer ${await accessToken('ana')}`)).statusCode).toBe(200);
  });
});

describe('every error is a problem document', () => {
  const big = { name: 'x'.repeat(70_000) };
  test.each([
    ['GET', '/nothing', {}, 404, 'api/not-found'],
    ['GET', '/api/room/nothing/at/all', {}, 404, 'api/not-found'],
    ['GET', '/api/room/nothing', {}, 405, 'api/method-not-allowed'],
    ['GET', '/api/room/create', {}, 405, 'api/method-not-allowed'],
    ['DELETE', '/healthz', {}, 405, 'api/method-not-allowed'],
    ['POST', '/api/room/create', { payload: big }, 413, 'api/too-large'],
    [
      'POST',
      '/api/room/create',
      { payload: 'a=b', headers: { 'content-type': 'text/xml' } },
      415,
      'api/unsupported-media-type',
    ],
    [
      'POST',
      '/api/room/create',
      { payload: '{"a":', headers: { 'content-type': 'application/json' } },
      400,
      'api/invalid',
    ],
    [
      'POST',
      '/api/room/create',
      { payload: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } },
      400,
      'api/invalid',
    ],
    ['GET', '/api/room/%E0%A4%A', {}, 400, 'api/invalid'],
  ] as const)('%s %s %j: %i', async (method, url, request, status, code) => {
    server = await makeServer();
    const headers = { ...(await bearer('ana')), ...('headers' in request ? request.headers : {}) };
    const response = await server.app.inject({ method, url, ...request, headers } as object);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({ type: `urn:bedrud:error:${code}`, status, code });
    expect(response.json().requestId).toBeTruthy();
  });

  test('and what went wrong inside stays in the log', async () => {
    server = await makeServer({
      control: {
        removeParticipant: async () => {
          throw new Error('a detail of the inside');
        },
      },
    });
    const { body: room } = await create();
    const { status, body } = await call('POST', `/api/room/${room.id}/kick/ben`, 'ana');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('inside');
    expect(server.logged()).toContain('a detail of the inside');
    expect(server.logged()).toContain(body.requestId);
  });

  test('while the database is away each is a line in the log, and no more', async () => {
    server = await makeServer();
    server.context.store.rooms.byName = async () => {
      throw failure('store/lost', {}, new Error('connection refused'));
    };
    const headers = await bearer('ana');
    const { statusCode } = await server.app.inject({ url: '/api/room/check/standup', headers });
    expect(statusCode).toBe(503);
    const lines = server.logged().trim().split('\n');
    const warning = 40;
    const loud = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= warning);
    expect(loud).toMatchObject([{ level: warning, msg: 'request', status: 503 }]);
  });
});

test('answers carry security headers and a request id', async () => {
  server = await makeServer();
  const { headers } = await server.app.inject('/healthz');
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(headers['x-request-id']).toMatch(/^[\w-]{20,}$/);
});

test.each([
  ['a trusted proxy', 'req-1', '10.0.0.1', true],
  ['somebody else', 'req-1', '192.0.2.1', false],
  ['a trusted proxy that hands on anything', 'x\t"forged', '10.0.0.1', false],
  ['a trusted proxy that hands on a book', 'x'.repeat(129), '10.0.0.1', false],
])('a request id is taken from %s: %s', async (_, id, remoteAddress, taken) => {
  server = await makeServer({ flags: { 'server.trustedProxies': ['10.0.0.0/8'] } });
  const headers = { 'x-request-id': id };
  const answer = await server.app.inject({ url: '/healthz', headers, remoteAddress });
  expect(answer.headers['x-request-id'] === id).toBe(taken);
  expect(server.logged().includes('"reqId":"req-1"')).toBe(taken);
});

test('the log has no token and no secret in it', async () => {
  server = await makeServer();
  await create();
  const { body } = await join('ben');
  await server.app.inject(`/livekit-not?access_token=${body.token}`);
  const logged = server.logged();
  expect(logged).toContain('/api/room/join');
  for (const secret of [body.token, jwtSecret, keys.apiSecret, await accessToken('ana')]) {
    expect(logged).not.toContain(secret);
  }
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    server.app.inject({
      method: 'OPTIONS',
      url: '/api/room/join',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
  test('lets in the origins that are configured', async () => {
    server = await makeServer({
      flags: { 'cors.allowedOrigins': 'https://a.example, https://b.example', 'cors.allowCredentials': true },
    });
    expect((await preflight('https://b.example')).headers).toMatchObject({
      'access-control-allow-origin': 'https://b.example',
      'access-control-allow-credentials': 'true',
    });
    expect((await preflight('https://c.example')).headers['access-control-allow-origin']).toBeUndefined();
  });
  test('never sends credentials for every origin', async () => {
    server = await makeServer({ flags: { 'cors.allowedOrigins': '*', 'cors.allowCredentials': true } });
    const { headers } = await preflight('https://c.example');
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});

describe('behind a proxy', () => {
  const forwarded = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'meet.example',
  };
  const joinThrough = async (remoteAddress: string) => {
    await create();
    const headers = { ...(await bearer('ben')), ...forwarded };
    const request = { method: 'POST', url: '/api/room/join', payload: { roomName: 'standup' } } as const;
    return (await server.app.inject({ ...request, headers, remoteAddress })).json();
  };
  test('what it says of the client is believed', async () => {
    server = await makeServer({ flags: { 'server.trustedProxies': ['10.0.0.0/8'] } });
    expect((await joinThrough('10.1.2.3')).livekitHost).toBe('wss://meet.example/livekit');
    expect(server.logged()).toContain('"ip":"203.0.113.7"');
  });
  test('from anyone else it is not', async () => {
    server = await makeServer({ flags: { 'server.trustedProxies': ['10.0.0.0/8'] } });
    expect((await joinThrough('192.0.2.9')).livekitHost).toBe('ws://localhost:80/livekit');
    expect(server.logged()).not.toContain('203.0.113.7');
  });
  test('its own header for the address is taken', async () => {
    server = await makeServer({
      flags: { 'server.trustedProxies': ['127.0.0.1'], 'server.proxyHeader': 'CF-Connecting-IP' },
    });
    await server.app.inject({
      url: '/',
      headers: { 'cf-connecting-ip': '203.0.113.8', 'x-forwarded-for': '6.6.6.6' },
    });
    expect(server.logged()).toContain('"ip":"203.0.113.8"');
  });
});

describe('readiness', () => {
  test.each([
    ['ready', false, 200],
    ['restarting', false, 503],
    ['ready', true, 503],
  ] as const)('SFU %s, draining %s: %i', async (sfu, draining, status) => {
    server = await makeServer({ state: () => sfu, draining: () => draining });
    const response = await server.app.inject('/readyz');
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ checks: { database: 'up', sfu } });
    expect((await server.app.inject('/healthz')).statusCode).toBe(200);
  });

  test('tells the database from the SFU', async () => {
    server = await makeServer();
    server.context.store.ping = async () => {
      throw new Error('gone');
    };
    const response = await server.app.inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ checks: { database: 'down', sfu: 'ready' } });
  });

  test('the status page says it in words', async () => {
    server = await makeServer();
    const response = await server.app.inject('/');
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toContain('Everything is running');
    expect(response.body).not.toContain(keys.apiKey);
  });
});
