/** Rooms: who gets in, what they are like, and how they end. */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { describeWith } from '../helpers/needs.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Asker, ask, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server.close());

const call = (...[method, url, as, payload]: [Parameters<typeof ask>[1], string, Asker, object?]) =>
  ask(server.app, method, url, as, payload);
const create = async (over: object = {}, as: Asker = 'ana') =>
  (await call('POST', '/api/room/create', as, { name: 'standup', isPublic: true, ...over })).body;
const join = (as: Asker, roomName = 'standup') => call('POST', '/api/room/join', as, { roomName });
const refresh = (as: Asker) => call('POST', '/api/room/refresh-token', as, { roomName: 'standup' });
const superadmin = { user: 'sue', claims: { accesses: ['superadmin'] } };
const admin = { user: 'al', claims: { accesses: ['admin'] } };
/** LiveKit, with nothing to do. */
const control = { deleteRoom: async () => {}, removeParticipant: async () => {} };
const came = (roomId: string, identity: string, sid = `PA_${identity}`) =>
  server.context.store.sessions.joined({
    sid,
    roomId,
    roomSid: 'RM_1',
    identity,
    name: identity,
    joinedAt: 1,
  });
const refused = (code: string, status: number) => ({ status, body: { code } });

describe('the last seat', () => {
  const oneOfAHundred = async (database?: DatabaseLocation) => {
    server = await makeServer(database ? { database } : {});
    await create({ maxParticipants: 3 });
    for (const who of ['ana', 'ben']) expect((await join(who)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => join(`user-${n}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(new Set(others.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['403 room/full']),
    );
  };
  test('is one’s of a hundred, on SQLite', () => oneOfAHundred());

  describeWith(['initdb', 'postgres'], 'on PostgreSQL', () => {
    let postgres: TestPostgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    }, 60_000);
    afterAll(() => postgres?.remove());
    test('is one’s of a hundred', { timeout: 60_000 }, async () => oneOfAHundred(await postgres.database()));
  });
});

describe('a token', () => {
  test('is answered while LiveKit is away, and the answer says so', async () => {
    server = await makeServer({ state: () => 'unreachable' });
    await create();
    expect(await join('ben')).toMatchObject({ status: 200, body: { sfu: 'unreachable', state: 'active' } });
    expect(await refresh('ben')).toMatchObject({ status: 200, body: { sfu: 'unreachable' } });
  });

  test('is renewed for who is there or holds one, while they would be let in', async () => {
    server = await makeServer();
    const { id } = await create();
    expect(await refresh('ben')).toMatchObject(refused('room/no-seat', 403));
    await came(id, 'ben');
    await join('cy');
    for (const who of ['ben', 'cy']) {
      const { status, body } = await refresh(who);
      expect(status).toBe(200);
      expect(decodeJwt(body.token)).toMatchObject({ sub: who, video: { room: 'standup', roomJoin: true } });
    }
    await server.context.store.bans.add({ roomId: id, identity: 'ben', name: 'Ben', by: 'ana' });
    expect(await refresh('ben')).toMatchObject(refused('room/banned', 403));
    await server.context.store.rooms.setState(id, 'suspended', ['active']);
    expect(await refresh('cy')).toMatchObject(refused('room/suspended', 410));
    expect(await call('POST', '/api/room/refresh-token', 'cy', { roomName: 'none' })).toMatchObject(
      refused('room/not-found', 404),
    );
    expect(await refresh(undefined)).toMatchObject(refused('api/unauthenticated', 401));
  });

  test('says that its holder moderates the room', async () => {
    server = await makeServer();
    const { id } = await create();
    await server.context.store.moderators.add({ roomId: id, identity: 'ben', name: 'Ben', by: 'ana' });
    const accesses = async (who: string) =>
      JSON.parse(String(decodeJwt((await join(who)).body.token)['metadata'])).accesses;
    expect(await accesses('ben')).toEqual(['user', 'moderator']);
    expect(await accesses('cy')).toEqual(['user']);
  });
});

describe('a private room', () => {
  test('lets in its owner, the staff, its moderators, and who was in it before it was private', async () => {
    server = await makeServer();
    const { id } = await create();
    for (const who of ['ben', 'mo', 'cy']) await join(who);
    await server.context.store.moderators.add({ roomId: id, identity: 'mo', name: 'Mo', by: 'ana' });
    await server.context.store.admissions.withdraw(id, 'mo');
    await server.context.store.admissions.withdraw(id, 'cy');
    expect(await call('PUT', `/api/room/${id}/settings`, 'ana', { isPublic: false })).toMatchObject({
      status: 200,
      body: { isPublic: false },
    });
    for (const who of ['ana', 'ben', 'mo', { user: 'staff', claims: { accesses: ['moderator'] } }]) {
      expect(await join(who)).toMatchObject({ status: 200 });
    }
    expect(await join('cy')).toMatchObject(refused('room/private', 403));
    expect(await refresh('ben')).toMatchObject({ status: 200 });
  });
});

describe('settings', () => {
  test('change what is named, for the owner and administrators', async () => {
    server = await makeServer({ flags: { 'server.maxParticipantsLimit': 50 } });
    const { id } = await create();
    const change = (as: Asker, payload: object) => call('PUT', `/api/room/${id}/settings`, as, payload);
    expect(await change('ana', { maxParticipants: 5, settings: { allowChat: false } })).toMatchObject({
      status: 200,
      body: { isPublic: true, maxParticipants: 5, settings: { allowChat: false, allowVideo: true } },
    });
    expect(await change(admin, { isPublic: false })).toMatchObject({ status: 200 });
    expect(await change('ben', { isPublic: true })).toMatchObject(refused('api/forbidden', 403));
    expect(await change('ana', { maxParticipants: 51 })).toMatchObject(refused('api/invalid', 400));
    expect(await change('ana', {})).toMatchObject(refused('api/invalid', 400));
    expect(await change('ana', { settings: { banana: true } })).toMatchObject(refused('api/invalid', 400));
    expect(await call('PUT', '/api/room/none/settings', 'ana', { isPublic: true })).toMatchObject(
      refused('room/not-found', 404),
    );
  });

  test('make a room persistent for superadmins alone', async () => {
    server = await makeServer();
    const { id } = await create({ settings: { isPersistent: true } });
    const persistent = async (as: Asker, isPersistent: boolean) =>
      (await call('PUT', `/api/room/${id}/settings`, as, { settings: { isPersistent } })).body.settings
        .isPersistent;
    expect(await persistent('ana', true)).toBe(false);
    expect(await persistent(superadmin, true)).toBe(true);
    expect(await persistent('ana', false)).toBe(true);
    expect(await create({ name: 'forever', settings: { isPersistent: true } }, superadmin)).toMatchObject({
      settings: { isPersistent: true },
    });
  });
});

describe('closing a room', () => {
  test('archives it, puts everybody out, and frees its name', async () => {
    const ended: string[] = [];
    const told: string[] = [];
    server = await makeServer({
      control: {
        deleteRoom: async (room) => void ended.push(room),
        sendData: async (_room: string, data: Uint8Array) => void told.push(new TextDecoder().decode(data)),
      },
    });
    const { id } = await create();
    await came(id, 'ben');
    expect(await call('DELETE', `/api/room/${id}`, 'ben')).toMatchObject(refused('api/forbidden', 403));
    expect(await call('DELETE', `/api/room/${id}`, 'ana')).toMatchObject({
      status: 200,
      body: { state: 'archived', isActive: false },
    });
    expect(ended).toEqual(['standup']);
    expect(told.map((text) => JSON.parse(text))).toMatchObject([{ type: 'system', event: 'room_ended' }]);
    expect(await call('DELETE', `/api/room/${id}`, 'ana')).toMatchObject(refused('room/inactive', 410));
    expect(await call('DELETE', '/api/room/none', 'ana')).toMatchObject(refused('room/not-found', 404));
    expect(await join('ben')).toMatchObject(refused('room/inactive', 410));
    expect((await call('GET', '/api/room/list', 'ana')).body).toEqual([]);
    const archived = await call('GET', '/api/room/archived?limit=5', 'ana');
    expect(archived.body).toMatchObject({ total: 1, page: 1, limit: 5, rooms: [{ id, state: 'archived' }] });
    expect(archived.body.rooms[0].deletedAt).toMatch(/^20/);
    expect(await call('GET', '/api/room/archived?page=0', 'ana')).toMatchObject(refused('api/invalid', 400));
  });

  test('says nothing to a room that nobody is in: LiveKit would take seconds to say that it has none', async () => {
    const sendData = () => Promise.reject(new Error('nobody is there'));
    server = await makeServer({ control: { ...control, sendData } });
    const { id } = await create();
    expect(await call('DELETE', `/api/room/${id}`, 'ana')).toMatchObject({ status: 200 });
    expect(server.logged()).not.toContain('the room was not told');
  });

  test('has its owner offered to make it again', async () => {
    server = await makeServer({ control });
    const { id } = await create({ mode: 'webinar' });
    await call('DELETE', `/api/room/${id}`, 'ana');
    expect(await join('ana')).toMatchObject({
      status: 200,
      body: { status: 'archived_owned', name: 'standup', mode: 'webinar', settings: { allowChat: true } },
    });
    expect(await create({}, 'ben')).toMatchObject({ code: 'room/name-taken' });
    expect(await create()).toMatchObject({ state: 'active' });
    expect(await join('ben')).toMatchObject({ status: 200 });
  });

  test('holds when LiveKit does not answer', async () => {
    server = await makeServer({
      control: {
        deleteRoom: async () => {
          throw failure('sfu/unreachable', { url: 'http://10.1.2.3:7880', reason: 'refused', hint: '' });
        },
      },
    });
    const { id } = await create();
    expect(await call('DELETE', `/api/room/${id}`, 'ana')).toMatchObject({ status: 200 });
    expect(server.logged()).toContain('LiveKit did not put out');
  });
});

describe('a suspended room', () => {
  test('lets nobody in until a superadmin reactivates it', async () => {
    server = await makeServer({ control });
    const { id } = await create();
    const suspend = (as: Asker) => call('POST', `/api/admin/rooms/${id}/suspend`, as);
    const reactivate = (as: Asker) => call('POST', `/api/admin/rooms/${id}/reactivate`, as);
    for (const as of ['ana', admin]) expect(await suspend(as)).toMatchObject(refused('api/forbidden', 403));
    expect(await reactivate(superadmin)).toMatchObject(refused('room/wrong-state', 409));
    expect(await suspend(superadmin)).toMatchObject({ status: 200, body: { state: 'suspended' } });
    expect(await suspend(superadmin)).toMatchObject(refused('room/wrong-state', 409));
    for (const who of ['ana', 'ben']) expect(await join(who)).toMatchObject(refused('room/suspended', 410));
    expect(await call('GET', '/api/room/check/standup', undefined)).toMatchObject(
      refused('room/suspended', 410),
    );
    expect(await create()).toMatchObject({ code: 'room/name-taken' });
    expect((await call('GET', '/api/room/list', 'ana')).body).toMatchObject([
      { isActive: false, state: 'suspended' },
    ]);
    expect(await call('PUT', `/api/room/${id}/settings`, 'ana', { isPublic: true })).toMatchObject(
      refused('room/suspended', 410),
    );
    expect(await call('POST', `/api/room/${id}/kick/ben`, 'ana')).toMatchObject(
      refused('room/suspended', 410),
    );
    expect(await reactivate(superadmin)).toMatchObject({ status: 200, body: { isActive: true } });
    expect(await join('ben')).toMatchObject({ status: 200 });
  });

  test('can be closed by its owner, and is not suspended once archived', async () => {
    server = await makeServer({ control });
    const { id } = await create();
    await call('POST', `/api/admin/rooms/${id}/suspend`, superadmin);
    expect(await call('DELETE', `/api/room/${id}`, 'ana')).toMatchObject({ status: 200 });
    expect(await call('POST', `/api/admin/rooms/${id}/suspend`, superadmin)).toMatchObject(
      refused('room/inactive', 410),
    );
    await create();
    expect(await call('POST', `/api/admin/rooms/${id}/reactivate`, superadmin)).toMatchObject(
      refused('room/name-taken', 409),
    );
  });
});

describe('looking before joining', () => {
  const check = (name: string) => call('GET', `/api/room/check/${name}`, undefined);
  test('tells whether a guest would get in, and takes no seat', async () => {
    server = await makeServer();
    await create({ maxParticipants: 1 });
    await create({ name: 'closed', isPublic: false });
    expect(await check('StandUp')).toMatchObject({ status: 200, body: { exists: true, name: 'standup' } });
    expect(await join('ben')).toMatchObject({ status: 200 });
    expect(await check('standup')).toMatchObject(refused('room/full', 403));
    expect(await check('closed')).toMatchObject(refused('room/private', 403));
    expect(await check('none')).toMatchObject(refused('room/not-found', 404));
    expect(await check('not%20a%20name')).toMatchObject(refused('api/invalid', 400));
  });

  test('shows who is there to those who may see it', async () => {
    server = await makeServer();
    const { id } = await create();
    const { id: secret } = await create({ name: 'secret', isPublic: false });
    await came(id, 'ben');
    await came(secret, 'ana', 'PA_2');
    const presence = (as: Asker, room = id, query = '') =>
      call('GET', `/api/room/${room}/presence${query}`, as);
    expect((await presence('cy')).body).toEqual({
      participants: [{ identity: 'ben', name: 'ben', avatarUrl: '' }],
    });
    expect((await presence(undefined, id, '?countOnly=1')).body).toEqual({ count: 1 });
    expect(await presence(undefined)).toMatchObject(refused('api/unauthenticated', 401));
    expect(
      await presence({ headers: { authorization: 'Bearer nonsense' } }, id, '?countOnly=1'),
    ).toMatchObject(refused('api/unauthenticated', 401));
    expect((await presence('cy', secret)).body).toEqual({ participants: [] });
    expect((await presence('ana', secret)).body.participants).toHaveLength(1);
    expect(await presence(undefined, secret, '?countOnly=1')).toMatchObject(refused('room/not-found', 404));
    expect((await presence('ana', secret, '?countOnly=true')).body).toEqual({ count: 1 });
    expect(await presence('cy', 'none')).toMatchObject(refused('room/not-found', 404));
    expect(await presence('cy', id, '?countOnly=maybe')).toMatchObject(refused('api/invalid', 400));
  });
});

describe('administration', () => {
  test('is for superadmins', async () => {
    server = await makeServer();
    const { id } = await create();
    for (const [method, path, payload] of [
      ['GET', 'rooms'],
      ['PUT', `rooms/${id}`, { isPublic: true }],
      ['DELETE', `rooms/${id}`],
      ['POST', `rooms/${id}/suspend`],
      ['POST', `rooms/${id}/reactivate`],
      ['GET', `rooms/${id}/participants`],
      ['GET', 'online-count'],
    ] as const) {
      expect(await call(method, `/api/admin/${path}`, 'ana', payload)).toMatchObject(
        refused('api/forbidden', 403),
      );
      expect(await call(method, `/api/admin/${path}`, undefined, payload)).toMatchObject(
        refused('api/unauthenticated', 401),
      );
    }
  });

  test('lists rooms by what is asked for', async () => {
    server = await makeServer();
    await create();
    await create({ name: 'retro', isPublic: false }, 'ben');
    const names = async (query: string) => {
      const { body } = await call('GET', `/api/admin/rooms${query}`, superadmin);
      return body.rooms.map((room: { name: string }) => room.name).sort();
    };
    expect(await names('')).toEqual(['retro', 'standup']);
    expect(await names('?q=stand')).toEqual(['standup']);
    expect(await names('?visibility=private&status=active,suspended')).toEqual(['retro']);
    expect(await names('?owner=ben')).toEqual(['retro']);
    expect(await names('?status=archived')).toEqual([]);
    expect(await call('GET', '/api/admin/rooms?status=gone', superadmin)).toMatchObject(
      refused('api/invalid', 400),
    );
    expect(await call('GET', '/api/admin/rooms?unknown=1', superadmin)).toMatchObject(
      refused('api/invalid', 400),
    );
  });

  test('changes and closes any room', async () => {
    server = await makeServer({ control });
    const { id } = await create();
    const path = `/api/admin/rooms/${id}`;
    expect(await call('PUT', path, superadmin, { settings: { isPersistent: true } })).toMatchObject({
      status: 200,
      body: { settings: { isPersistent: true } },
    });
    expect(await call('DELETE', path, superadmin)).toMatchObject({
      status: 200,
      body: { state: 'archived' },
    });
    expect(await call('DELETE', path, superadmin)).toMatchObject(refused('room/inactive', 410));
    for (const method of ['PUT', 'DELETE'] as const) {
      expect(await call(method, '/api/admin/rooms/none', superadmin, { isPublic: true })).toMatchObject(
        refused('room/not-found', 404),
      );
    }
  });

  test('counts who is online, and shows who is in a room', async () => {
    const one = { sid: 'PA_1', identity: 'ben', name: 'Ben', state: 2, joinedAt: 5n, isPublisher: true };
    const tracks = [{ sid: 'TR_1', type: 1, source: 1, muted: false }];
    server = await makeServer({
      control: {
        listParticipants: async (room: string) => {
          if (room === 'standup') return [{ ...one, tracks }] as never;
          throw failure('sfu/not-found', { what: 'no room', hint: '' });
        },
      },
    });
    const { id } = await create();
    const { id: quiet } = await create({ name: 'quiet' });
    await came(id, 'ben');
    expect((await call('GET', '/api/admin/online-count', superadmin)).body).toEqual({ count: 1 });
    const list = (room: string) => call('GET', `/api/admin/rooms/${room}/participants`, superadmin);
    expect((await list(id)).body).toMatchObject({
      participants: [
        { identity: 'ben', state: 'ACTIVE', joinedAt: 5, tracks: [{ type: 'VIDEO', source: 'CAMERA' }] },
      ],
      room: { id },
    });
    expect((await list(quiet)).body.participants).toEqual([]);
    expect(await list('none')).toMatchObject(refused('room/not-found', 404));
  });
});
