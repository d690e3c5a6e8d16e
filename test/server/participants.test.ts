/** What moderators do to those who are in a room: the effects, and every refusal. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { TwirpAnswer } from '../../src/sfu/twirp.ts';
import { type Asker, ask, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
/** LiveKit as these tests have it: who is there, and what was asked of it. */
let there: Map<string, { identity: string; name: string; metadata: string; tracks: object[] }>;
let asked: unknown[][];
let outage: boolean;
/** What sending ends with. */
let trouble: Error | undefined;
let roomId: string;

const livekit = () => {
  const known = (identity: string) => {
    if (outage)
      throw failure('sfu/unreachable', { url: 'http://10.1.2.3:7880', reason: 'refused', hint: '' });
    const found = there.get(identity);
    if (found === undefined) throw failure('sfu/not-found', { what: 'no participant', hint: '' });
    return found;
  };
  return {
    getParticipant: async (_room: string, identity: string) => known(identity) as never,
    removeParticipant: async (room: string, identity: string) => {
      known(identity);
      asked.push(['remove', room, identity]);
      there.delete(identity);
    },
    mutePublishedTrack: async (_room: string, identity: string, sid: string, muted: boolean) =>
      void asked.push(['mute', identity, sid, muted]) as never,
    updateParticipant: async (_room: string, identity: string, change: { metadata?: string }) => {
      Object.assign(known(identity), change);
      return {} as never;
    },
    sendData: async (_room: string, data: Uint8Array, _kind: number, options: object) => {
      if (trouble) throw trouble;
      asked.push(['send', JSON.parse(new TextDecoder().decode(data)), options]);
    },
  };
};

beforeEach(async () => {
  asked = [];
  outage = false;
  trouble = undefined;
  const tracks = [
    { sid: 'TR_mic', type: 0, source: 2, muted: false },
    { sid: 'TR_cam', type: 1, source: 1, muted: false },
    { sid: 'TR_screen', type: 1, source: 3, muted: false },
  ];
  there = new Map(
    ['ben', 'cy'].map((identity) => [
      identity,
      { identity, name: 'Ben', metadata: '{"accesses":["user"]}', tracks },
    ]),
  );
  server = await makeServer({ control: livekit() as never });
  roomId = (await call('POST', '/api/room/create', 'ana', { name: 'standup', isPublic: true })).body.id;
});
afterEach(() => server.close());

const call = (...[method, url, as, payload]: [Parameters<typeof ask>[1], string, Asker, object?]) =>
  ask(server.app, method, url, as, payload);
const act = (path: string, as: Asker = 'ana') => call('POST', `/api/room/${roomId}/${path}`, as);
const join = (as: Asker) => call('POST', '/api/room/join', as, { roomName: 'standup' });
const refused = (code: string, status: number) => ({ status, body: { code } });
const success = { status: 200, body: { status: 'success' } };

/** Every action on a participant, and which of the usual refusals it has. */
const actions: [path: string, refusals: { absent?: false; self?: false; roomModerator?: false }][] = [
  ['kick/ben', {}],
  ['ban/ben', { absent: false }],
  ['mute/ben', {}],
  ['video/ben/off', { self: false }],
  ['screenshare/ben/stop', {}],
  ['chat/ben/block', {}],
  ['deafen/ben', { absent: false }],
  ['undeafen/ben', { absent: false }],
  ['ask/ben/unmute', { absent: false }],
  ['ask/ben/camera', { absent: false }],
  ['spotlight/ben', { absent: false, self: false }],
  ['promote/ben', { roomModerator: false }],
];

describe.each(actions)('%s', (path, { absent, self, roomModerator }) => {
  test('is done for the owner, the staff, and moderators of the room where they may', async () => {
    await server.context.store.moderators.add({ roomId, identity: 'mo', name: 'Mo', by: 'ana' });
    expect(await act(path, { user: 'al', claims: { accesses: ['admin'] } })).toMatchObject(success);
    there.set('ben', { identity: 'ben', name: 'Ben', metadata: '', tracks: there.get('cy')?.tracks ?? [] });
    const { status } = await act(path, 'mo');
    expect(status).toBe(roomModerator === false ? 403 : 200);
  });

  test('is refused to everybody else', async () => {
    expect(await act(path, 'cy')).toMatchObject(refused('api/forbidden', 403));
    expect(await act(path, { user: 'gus', claims: { provider: 'guest' } })).toMatchObject(
      refused('api/forbidden', 403),
    );
    expect(await act(path, {})).toMatchObject(refused('api/unauthenticated', 401));
    expect(asked).toEqual([]);
  });

  test('needs a room that is open', async () => {
    const elsewhere = (as: Asker) => call('POST', `/api/room/none/${path}`, as);
    expect(await elsewhere('ana')).toMatchObject(refused('room/not-found', 404));
    await server.context.store.rooms.setState(roomId, 'archived', ['active']);
    expect(await act(path)).toMatchObject(refused('room/inactive', 410));
  });

  test('is not for oneself, nor for moderators on the owner', async () => {
    const on = (identity: string) => path.replace('/ben', `/${identity}`);
    there.set('ana', { identity: 'ana', name: 'Ana', metadata: '', tracks: there.get('cy')?.tracks ?? [] });
    expect(await act(on('ana'))).toMatchObject(self === false ? success : refused('api/invalid', 400));
    expect(await act(on('ana'), { user: 'mo', claims: { accesses: ['moderator'] } })).toMatchObject(
      refused('api/forbidden', 403),
    );
  });

  test('says when they are not there, and when LiveKit is not', async () => {
    there.delete('ben');
    expect(await act(path)).toMatchObject(
      absent === false ? success : refused('room/no-such-participant', 404),
    );
    outage = true;
    const during = await act(path);
    expect(during).toMatchObject(absent === false ? success : refused('server/sfu-unreachable', 502));
    expect(JSON.stringify(during.body)).not.toContain('10.1.2.3');
  });
});

test('kick frees the seat and tells the room; they may come back', async () => {
  await join('ben');
  expect(await act('kick/ben')).toMatchObject(success);
  expect(await server.context.store.sessions.hasSeat(roomId, 'ben')).toBe(false);
  expect(asked).toMatchObject([
    ['remove', 'standup', 'ben'],
    ['send', { type: 'system', event: 'kick', actor: 'ana', target: 'ben' }, { topic: 'system' }],
  ]);
  expect(await join('ben')).toMatchObject({ status: 200 });
});

describe('a ban', () => {
  test('puts them out, keeps them out, and is listed until it is lifted', async () => {
    await join('ben');
    expect(await act('ban/ben')).toMatchObject(success);
    expect(asked).toMatchObject([
      ['remove', 'standup', 'ben'],
      ['send', { event: 'ban', target: 'ben' }, {}],
    ]);
    expect(await join('ben')).toMatchObject(refused('room/banned', 403));
    const bans = (as: Asker) => call('GET', `/api/room/${roomId}/bans`, as);
    expect((await bans('ana')).body.bans).toMatchObject([{ identity: 'ben', by: 'ana' }]);
    expect(await bans('ben')).toMatchObject(refused('api/forbidden', 403));
    const unban = (as: Asker) => call('DELETE', `/api/room/${roomId}/ban/ben`, as);
    expect(await unban('cy')).toMatchObject(refused('api/forbidden', 403));
    expect(await unban('ana')).toMatchObject(success);
    expect(await unban('ana')).toMatchObject(refused('room/not-banned', 404));
    expect(await join('ben')).toMatchObject({ status: 200 });
  });

  test('takes moderation, and does not wait for LiveKit', async () => {
    await server.context.store.moderators.add({ roomId, identity: 'ben', name: 'Ben', by: 'ana' });
    outage = true;
    expect(await act('ban/ben')).toMatchObject(success);
    expect(await server.context.store.moderators.has(roomId, 'ben')).toBe(false);
    expect(await join('ben')).toMatchObject(refused('room/banned', 403));
    expect(server.logged()).toContain('LiveKit did not put out');
  });
});

describe('a moderator', () => {
  const accesses = (identity: string) => JSON.parse(there.get(identity)?.metadata ?? '{}').accesses;

  test('is promoted by the owner and the administrators, and shown as one', async () => {
    expect(await act('promote/ben')).toMatchObject(success);
    expect(accesses('ben')).toEqual(['user', 'moderator']);
    expect(await act('promote/ben')).toMatchObject({ status: 200, body: { status: 'already_moderator' } });
    expect(await act('mute/cy', 'ben')).toMatchObject(success);
    expect(await act('promote/cy', 'ben')).toMatchObject(refused('api/forbidden', 403));
    expect(await act('promote/cy', { user: 'mo', claims: { accesses: ['moderator'] } })).toMatchObject(
      refused('api/forbidden', 403),
    );
    const list = await call('GET', `/api/room/${roomId}/moderators`, 'ben');
    expect(list.body.moderators).toMatchObject([{ identity: 'ben', name: 'Ben', by: 'ana' }]);
    expect(await call('GET', `/api/room/${roomId}/moderators`, 'cy')).toMatchObject(
      refused('api/forbidden', 403),
    );
  });

  test('is one of this room only', async () => {
    await act('promote/ben');
    const other = (await call('POST', '/api/room/create', 'ana', { name: 'retro' })).body.id;
    expect(await call('POST', `/api/room/${other}/mute/cy`, 'ben')).toMatchObject(
      refused('api/forbidden', 403),
    );
  });

  test('may be a guest', async () => {
    there.set('guest-1', { identity: 'guest-1', name: 'Gus', metadata: 'not json', tracks: [] });
    expect(await act('promote/guest-1')).toMatchObject(success);
    expect(accesses('guest-1')).toEqual(['moderator']);
    const guest = { user: 'guest-1', claims: { provider: 'guest', accesses: ['guest'] } };
    expect(await act('kick/ben', guest)).toMatchObject(success);
  });

  test('is demoted, there or not, and whether or not LiveKit answers', async () => {
    await act('promote/ben');
    expect(await act('demote/ben', 'ben')).toMatchObject(refused('api/forbidden', 403));
    expect(await act('demote/ben')).toMatchObject(success);
    expect(accesses('ben')).toEqual(['user']);
    expect(await act('demote/ben')).toMatchObject(refused('room/not-moderator', 404));
    expect(await act('mute/cy', 'ben')).toMatchObject(refused('api/forbidden', 403));
    for (const gone of [() => there.delete('ben'), () => (outage = true)]) {
      await server.context.store.moderators.add({ roomId, identity: 'ben', name: 'Ben', by: 'ana' });
      gone();
      expect(await act('demote/ben')).toMatchObject(success);
    }
  });
});

test('what is done to somebody does not wait for LiveKit to say so', async () => {
  server.context.sfu.control = async () => ({ ...livekit(), sendData: () => new Promise(() => {}) }) as never;
  expect(await act('kick/ben')).toMatchObject(success);
});

describe('tracks', () => {
  test('of the camera and of the screen are muted', async () => {
    expect((await act('video/ben/off')).body.tracks).toEqual([{ sid: 'TR_cam', muted: true }]);
    expect((await act('screenshare/ben/stop')).body.tracks).toEqual([{ sid: 'TR_screen', muted: true }]);
    expect(asked).toEqual([
      ['mute', 'ben', 'TR_cam', true],
      ['mute', 'ben', 'TR_screen', true],
    ]);
  });
});

describe('signals', () => {
  test.each([
    ['deafen/ben', 'deafen', ['ben']],
    ['undeafen/ben', 'undeafen', ['ben']],
    ['ask/ben/unmute', 'ask_unmute', ['ben']],
    ['ask/ben/camera', 'ask_camera', ['ben']],
    ['spotlight/ben', 'spotlight', []],
  ])('%s sends %s', async (path, event, destinationIdentities) => {
    await act(path);
    expect(asked).toEqual([
      [
        'send',
        { type: 'system', event, actor: 'ana', target: 'ben' },
        { topic: 'system', destinationIdentities },
      ],
    ]);
  });

  test('go to nobody where nobody is, and say when they could not be sent', async () => {
    const unavailable = new TwirpAnswer('unavailable', 'no response from servers');
    trouble = failure('sfu/failed', { action: '', reason: '', hint: '' }, unavailable);
    expect(await act('deafen/ben')).toMatchObject(success);
    const session = { sid: 'PA_1', roomId, roomSid: 'RM_1', identity: 'ben', name: '', joinedAt: 1 };
    await server.context.store.sessions.joined(session);
    expect(await act('deafen/ben')).toMatchObject(refused('server/sfu-failed', 502));
    trouble = failure('sfu/unreachable', { url: 'http://10.1.2.3:7880', reason: 'refused', hint: '' });
    expect(await act('deafen/ben')).toMatchObject(refused('server/sfu-unreachable', 502));
  });

  test('ask for nothing else', async () => {
    expect(await act('ask/ben/dance')).toMatchObject(refused('api/not-found', 404));
  });
});

test('chat is blocked in the metadata, where the rest stays', async () => {
  await act('chat/ben/block');
  expect(JSON.parse(there.get('ben')?.metadata ?? '')).toEqual({ accesses: ['user'], chatBlocked: true });
});

describe('looking at a participant', () => {
  const look = (what: string, identity: string, as: Asker) =>
    call('GET', `/api/room/${roomId}/participant/${identity}/${what}`, as);

  test('in full is for moderators, and for oneself', async () => {
    const info = { identity: 'ben', name: 'Ben', tracks: [{ type: 'AUDIO', source: 'MICROPHONE' }, {}, {}] };
    Object.assign(there.get('ben') ?? {}, { sid: 'PA_1', state: 2, joinedAt: 7n, isPublisher: true });
    expect(await look('info', 'ben', 'ana')).toMatchObject({ status: 200, body: info });
    expect(await look('info', 'ben', 'ben')).toMatchObject({
      status: 200,
      body: { state: 'ACTIVE', joinedAt: 7 },
    });
    expect(await look('info', 'ben', 'cy')).toMatchObject(refused('api/forbidden', 403));
    expect(await look('info', 'dan', 'ana')).toMatchObject(refused('room/no-such-participant', 404));
  });

  test('by name is for those who are there too', async () => {
    for (const identity of ['ben', 'cy']) {
      await server.context.store.sessions.joined({
        sid: `PA_${identity}`,
        roomId,
        roomSid: 'RM_1',
        identity,
        name: identity === 'ben' ? 'Ben' : '',
        joinedAt: 1,
      });
    }
    expect((await look('profile', 'ben', 'cy')).body).toEqual({ id: 'ben', name: 'Ben', avatarUrl: '' });
    expect((await look('profile', 'cy', 'ben')).body).toMatchObject({ name: 'cy' });
    expect(await look('profile', 'ben', 'dan')).toMatchObject(refused('api/forbidden', 403));
    expect(await look('profile', 'dan', 'ben')).toMatchObject(refused('room/no-such-participant', 404));
  });
});
