import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Sessions } from '../../src/store/sessions.ts';
import { makeServer, type TestServer } from './helpers.ts';
import { deliver as deliverTo, event } from './webhook-delivery.ts';

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
afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

const deliver = (what: object) => deliverTo(server, what);
const sessions = () => server.context.store.sessions.ofRoom(roomId, 10);
const counts = () => server.context.metrics.webhooks.counts;

describe('a signed webhook about an egress', () => {
  const egress = (filepath: string, status: string, more: object = {}) => ({
    room: undefined,
    participant: undefined,
    egressInfo: {
      egressId: 'EG_1',
      roomName: 'standup',
      status,
      roomComposite: { roomName: 'standup', fileOutputs: [{ filepath }] },
      ...more,
    },
  });
  const begin = () =>
    server.context.store.recordings.begin({ roomId, roomName: 'standup', createdBy: 'ana' });
  const now = async (id: string) => server.context.store.recordings.byId(id);
  const file = { filename: 'x', location: '/out/x.mp4', size: '12', duration: '3000000000' };

  test.each(['incoming/ID.mp4', '/var/lib/bedrud/recordings/incoming/ID.mp4'])(
    'moves the recording that asked for %s, in any order, once',
    async (path) => {
      const { id } = await begin();
      const filepath = path.replace('ID', id);
      const ended = event('egress_ended', egress(filepath, 'EGRESS_COMPLETE', { fileResults: [file] }));
      expect(await deliver(ended)).toMatchObject({ status: 'applied' });
      expect(await deliver(ended)).toMatchObject({ status: 'known' });
      const active = { startedAt: '1700000000000000000' };
      await deliver(event('egress_updated', egress(filepath, 'EGRESS_ACTIVE', active)));
      expect(await now(id)).toMatchObject({
        state: 'processing',
        egressId: 'EG_1',
        source: '/out/x.mp4',
        fileSize: 12,
        durationMs: 3000,
      });
    },
  );

  test.each([
    ['EGRESS_STARTING', {}, { state: 'starting', egressId: 'EG_1' }],
    [
      'EGRESS_ACTIVE',
      { startedAt: '1700000000000000000' },
      { state: 'active', startedAt: 1_700_000_000_000 },
    ],
    ['EGRESS_ENDING', {}, { state: 'stopping' }],
    ['EGRESS_LIMIT_REACHED', { fileResults: [file] }, { state: 'processing' }],
    ['EGRESS_COMPLETE', { file }, { state: 'processing', source: '/out/x.mp4' }],
    ['EGRESS_COMPLETE', {}, { state: 'failed', error: 'LiveKit ended it and names no file' }],
    ['EGRESS_FAILED', { error: 'no space' }, { state: 'failed', error: 'no space' }],
    ['EGRESS_ABORTED', { details: 'Stop called' }, { state: 'aborted', error: 'Stop called' }],
    ['EGRESS_OF_THE_FUTURE', {}, { state: 'starting' }],
  ])('%s %j', async (status, more, expected) => {
    const { id } = await begin();
    await deliver(event('egress_updated', egress(`incoming/${id}.mp4`, status, more)));
    expect(await now(id)).toMatchObject(expected);
  });

  test('that others started is taken and changes nothing', async () => {
    const { id } = await begin();
    for (const filepath of [`elsewhere/${id}.mp4`, 'incoming/mine.mp4', '']) {
      const told = await deliver(event('egress_ended', egress(filepath, 'EGRESS_COMPLETE')));
      expect(told).toMatchObject({ status: 'ignored' });
    }
    expect(await now(id)).toMatchObject({ state: 'starting', egressId: null });
  });
});

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

  test('that the room finished ends all of its sessions, also those told of later', async () => {
    await deliver(event('room_finished', { participant: undefined }));
    await deliver(event('participant_joined'));
    expect(await sessions()).toMatchObject([{ leftAt: 1_700_000_100_000 }]);
    const next = { name: 'standup', sid: 'RM_2' };
    const participant = { sid: 'PA_2', identity: 'ben', joinedAt: '1700000200' };
    await deliver(event('participant_joined', { room: next, participant }));
    expect(await sessions()).toMatchObject([{ sid: 'PA_2', leftAt: null }, { sid: 'PA_1' }]);
  });

  test('is applied once', async () => {
    const joined = event('participant_joined');
    expect(await deliver(joined)).toMatchObject({ status: 'applied' });
    expect(await deliver(joined)).toMatchObject({ status: 'known' });
    expect(counts()).toMatchObject({ applied: 1, known: 1, unauthenticated: 0 });
  });

  test('of another room is taken and changes nothing', async () => {
    const room = { name: 'elsewhere', sid: 'RM_9' };
    expect(await deliver(event('participant_joined', { room }))).toMatchObject({ status: 'ignored' });
    expect(await sessions()).toEqual([]);
  });

  test.each([
    ['room_started', {}],
    ['track_published', { track: { sid: 'TR_1', type: 'AUDIO' } }],
    ['track_unpublished', { track: { sid: 'TR_1', type: 'AUDIO' } }],
    ['egress_started', { egressInfo: { egressId: 'EG_1', status: 'EGRESS_STARTING' } }],
    ['egress_updated', { egressInfo: { egressId: 'EG_1', status: 'EGRESS_ACTIVE' } }],
    ['egress_ended', { egressInfo: { egressId: 'EG_1', status: 'EGRESS_COMPLETE' } }],
    ['ingress_started', { ingressInfo: { ingressId: 'IN_1' } }],
    ['ingress_ended', { ingressInfo: { ingressId: 'IN_1' } }],
    ['something_of_a_newer_server', { something: { new: true } }],
    ['', {}],
  ])('%s is taken, counted, and changes nothing', async (name, over) => {
    expect(await deliver(event(name, over))).toMatchObject({ status: 'ignored' });
    expect(counts()).toMatchObject({ ignored: 1 });
    expect(await sessions()).toEqual([]);
  });

  test('of a newer server is applied without what this version does not know', async () => {
    const participant = {
      sid: 'PA_1',
      identity: 'ben',
      state: 'STATE_OF_THE_FUTURE',
      kind: 'KIND_OF_THE_FUTURE',
      disconnectReason: 4711,
      tracks: [{ sid: 'TR_1', source: 'SMELL', codecs: [{ cid: 'x', newer: [] }] }],
    };
    expect(await deliver(event('participant_joined', { participant, more: [{}] }))).toMatchObject({
      status: 'applied',
    });
    expect(await sessions()).toMatchObject([{ sid: 'PA_1', leftAt: null }]);
  });

  test('is answered 2xx only once its change is kept', async () => {
    const joined = event('participant_joined');
    const { store } = server.context;
    const atomically = store.atomically;
    store.atomically = () => Promise.reject(new Error('database is locked'));
    expect(await deliver(joined)).toMatchObject({ status: 500, code: 'bug/unexpected' });
    store.atomically = atomically;
    expect(counts()).toMatchObject({ failed: 1, applied: 0 });
    expect(await deliver(joined)).toMatchObject({ status: 'applied' });
  });

  test('of many at once spoils none of the others when it can’t be kept', async () => {
    const { store } = server.context;
    const record = Sessions.prototype.record;
    vi.spyOn(Sessions.prototype, 'record').mockImplementation(function (this: Sessions, reports) {
      if (reports.sessions.some(({ identity }) => identity === 'eve')) throw new Error('invalid text');
      return record.call(this, reports);
    });
    const of = (identity: string, sid: string) =>
      event('participant_joined', { participant: { sid, identity, joinedAt: '1700000000' } });
    const answers = await Promise.all([of('ben', 'PA_1'), of('eve', 'PA_2'), of('cy', 'PA_3')].map(deliver));
    expect(answers.map(({ status }) => status)).toEqual(['applied', 500, 'applied']);
    expect((await store.sessions.open()).map(({ sid }) => sid).toSorted()).toEqual(['PA_1', 'PA_3']);
  });

  test('that comes twice at once is applied once', async () => {
    const joined = event('participant_joined');
    const answers = await Promise.all([deliver(joined), deliver(joined), deliver(joined)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['applied', 'known', 'known']);
  });

  test.each([
    ['EGRESS', {}],
    ['AGENT', {}],
    ['STANDARD', { recorder: true }],
    ['STANDARD', { agent: true }],
  ])('of a participant that comes with others (%s %o) counts nobody', async (kind, permission) => {
    const participant = { sid: 'PA_1', identity: 'helper', joinedAt: '1700000000', kind, permission };
    expect(await deliver(event('participant_joined', { participant }))).toMatchObject({ status: 'applied' });
    expect(await server.context.store.sessions.totals()).toEqual({ participants: 0, rooms: 0 });
    expect(await sessions()).toMatchObject([{ leftAt: null }]);
  });

  test('is not repeated in the log with its secrets', async () => {
    await deliver(event('room_started'));
    expect(server.logged()).toContain('room_started');
    expect(server.logged()).not.toContain('p4ssw0rd');
  });
});
