/** Tokens that are still good do not let in who may not be there any more. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { lookAtThoseIn } from '../../src/server/door.ts';
import { makeServer, type TestServer } from './helpers.ts';
import { deliver, event } from './webhook-delivery.ts';

let server: TestServer;
let roomId: string;
let asked: string[];
let answer: () => void;
beforeEach(async () => {
  asked = [];
  answer = () => {};
  const did = async (what: string) => {
    answer();
    asked.push(what);
  };
  server = await makeServer({
    control: {
      removeParticipant: (room, identity) => did(`remove ${identity} from ${room}`),
      deleteRoom: (room) => did(`end ${room}`),
    },
  });
  const room = { createdBy: 'ana', mode: 'standard', isPublic: true, maxParticipants: 5, settings: {} };
  roomId = (await server.context.store.rooms.create({ ...room, name: 'standup' })).id;
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const ban = (identity: string) =>
  server.context.store.bans.add({ roomId, identity, name: identity, by: 'ana' });
const comes = (name = 'standup') =>
  deliver(server, event('participant_joined', { room: { name, sid: 'RM_1' } }));

test('who is banned is put out when LiveKit tells that they came', async () => {
  await comes();
  expect(asked).toEqual([]);
  await ban('ben');
  expect(await comes()).toMatchObject({ status: 'applied' });
  expect(asked).toEqual(['remove ben from standup']);
});

test.each(['suspended', 'archived'] as const)(
  'a room that is %s is ended when somebody comes',
  async (state) => {
    await server.context.store.rooms.setState(roomId, state, ['active']);
    await comes();
    expect(asked).toEqual(['end standup']);
  },
);

test('a room of the name of one that was archived long ago is somebody else’s', async () => {
  await server.context.store.rooms.setState(roomId, 'archived', ['active']);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_700_000 });
  await lookAtThoseIn(server.context, 'standup', ['ben']);
  await lookAtThoseIn(server.context, 'never-made-here', ['ben']);
  expect(asked).toEqual([]);
});

test('of those in a room only the banned are put out', async () => {
  await ban('ben');
  await ban('cy');
  await lookAtThoseIn(server.context, 'standup', ['ana', 'ben', 'dan']);
  expect(asked).toEqual(['remove ben from standup']);
});

test('LiveKit that does not answer is no reason to refuse its webhook', async () => {
  await ban('ben');
  answer = () => {
    throw failure('sfu/unreachable', { url: 'http://10.1.2.3:7880', reason: 'refused', hint: '' });
  };
  expect(await comes()).toMatchObject({ status: 'applied' });
  expect(server.logged()).toContain('LiveKit did not put out who may not be there');
  answer = () => {
    throw failure('sfu/not-found', { what: 'they left', hint: '' });
  };
  expect(await comes()).toMatchObject({ status: 'applied' });
});
