import { createHash, randomUUID } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keys, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
let roomId: string;
beforeEach(async () => {
  server = await makeServer();
  const room = await server.context.store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 5,
    settings: {},
  });
  roomId = room.id;
});
afterEach(() => server.close());

const event = (name: string, over: object = {}) => ({
  event: name,
  id: `EV_${randomUUID()}`,
  createdAt: '1700000100',
  room: { name: 'standup', sid: 'RM_1', emptyTimeout: 300, turnPassword: 'p4ssw0rd' },
  participant: {
    sid: 'PA_1',
    identity: 'ben',
    name: 'Ben',
    state: 'ACTIVE',
    joinedAt: '1700000000',
    someFieldOfTheFuture: { a: 1 },
  },
  numDropped: 0,
  ...over,
});

async function sign(body: string, { apiKey, apiSecret } = keys): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { ttl: '5m' });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

interface Delivery {
  body?: string;
  authorization?: string | undefined;
  type?: string;
}
async function deliver(what: object, over: Delivery = {}) {
  const body = over.body ?? JSON.stringify(what);
  const authorization = 'authorization' in over ? over.authorization : await sign(body);
  const response = await server.app.inject({
    method: 'POST',
    url: '/api/livekit/webhook',
    headers: {
      'content-type': over.type ?? 'application/webhook+json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    payload: body,
  });
  return { status: response.statusCode, ...response.json() };
}
const sessions = () => server.context.store.sessions.ofRoom(roomId, 10);

describe('a signed webhook', () => {
  test('that somebody joined begins a session', async () => {
    expect(await deliver(event('participant_joined'))).toMatchObject({ status: 'applied' });
    expect(await sessions()).toMatchObject([
      { sid: 'PA_1', identity: 'ben', joinedAt: 1_700_000_000_000, leftAt: null },
    ]);
  });

  test.each(['participant_left', 'participant_disconnected', 'participant_connection_aborted'])(
    '%s ends it, joined or not, in any order',
    async (departure) => {
      await deliver(event(departure));
      await deliver(event('participant_joined'));
      expect(await sessions()).toMatchObject([{ sid: 'PA_1', leftAt: 1_700_000_100_000 }]);
    },
  );

  test('that the room finished ends all of its sessions', async () => {
    await deliver(event('participant_joined'));
    await deliver(event('room_finished', { participant: undefined }));
    expect(await sessions()).toMatchObject([{ leftAt: 1_700_000_100_000 }]);
  });

  test('is applied once', async () => {
    const joined = event('participant_joined');
    expect(await deliver(joined)).toMatchObject({ status: 'applied' });
    expect(await deliver(joined)).toMatchObject({ status: 'known' });
  });

  test('of another room or kind is taken and changes nothing', async () => {
    const elsewhere = { name: 'elsewhere', sid: 'RM_9' };
    expect(await deliver(event('participant_joined', { room: elsewhere }))).toMatchObject({
      status: 'applied',
    });
    expect(await deliver(event('egress_ended', { egressInfo: { status: 'EGRESS_COMPLETE' } }))).toMatchObject(
      {
        status: 'applied',
      },
    );
    expect(await sessions()).toEqual([]);
  });

  test('is not repeated in the log with its secrets', async () => {
    await deliver(event('room_started'));
    expect(server.logged()).toContain('room_started');
    expect(server.logged()).not.toContain('p4ssw0rd');
  });
});

describe('what is no webhook of ours changes nothing', () => {
  const joined = JSON.stringify(event('participant_joined'));
  const cases: [string, () => Promise<Delivery>, number][] = [
    ['no signature', async () => ({ authorization: undefined }), 401],
    [
      'another secret',
      async () => ({ authorization: await sign(joined, { ...keys, apiSecret: 'x'.repeat(40) }) }),
      401,
    ],
    [
      'another key',
      async () => ({ authorization: await sign(joined, { ...keys, apiKey: 'APIother' }) }),
      401,
    ],
    ['another body', async () => ({ authorization: await sign('{}') }), 401],
    [
      'the same JSON written anew',
      async () => ({ authorization: await sign(JSON.stringify(JSON.parse(joined), null, 1)) }),
      401,
    ],
    ['plain JSON', async () => ({ type: 'application/json' }), 415],
    ['signed garbage', async () => ({ body: '{"event":' }), 400],
    ['signed JSON of another shape', async () => ({ body: '{"event":{"not":"text"}}' }), 400],
    ['a huge body', async () => ({ body: `{"x":"${'y'.repeat(1_100_000)}"}` }), 413],
  ];
  test.each(cases)('%s', async (_, make, status) => {
    const over = await make();
    const answer = await deliver({}, { body: joined, ...over });
    expect(answer).toMatchObject({ type: expect.stringContaining('urn:bedrud:error:'), status });
    expect(await sessions()).toEqual([]);
  });
});
