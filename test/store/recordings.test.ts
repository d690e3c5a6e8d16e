import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DatabaseLocation, openStore, type Store } from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';

onEachDatabase(behaves);

const standup = { roomId: 'r1', roomName: 'standup', createdBy: 'ana' };
const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

/** What holds on every kind of database. */
function behaves(empty: () => Promise<DatabaseLocation>): void {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await empty());
  }, 60_000);
  afterEach(() => store?.close());

  const subscribe = (events: string[]) =>
    store.outbox.subscribe({ name: 'mine', url: 'https://example.com/hook', events, createdBy: 'ana' });
  /** A recording that has come as far as LiveKit's file. */
  const processing = async () => {
    const { id } = await store.recordings.begin(standup);
    await store.recordings.nameEgress(id, `EG_${id}`);
    await store.recordings.step(id, 'egressActive', { startedAt: 1000 });
    await store.recordings.step(id, 'egressComplete', { source: 's3://b/k.mp4', fileSize: 5, durationMs: 7 });
    return id;
  };

  describe('recordings', () => {
    test('come back as they were begun', async () => {
      const made = await store.recordings.begin(standup);
      expect(await store.recordings.byId(made.id)).toEqual(made);
      expect(made).toMatchObject({ ...standup, state: 'starting', egressId: null });
      expect(await store.recordings.liveOf('r1')).toEqual(made);
      expect(await store.recordings.liveOf('r2')).toBeUndefined();
    });

    test('of a room are one at a time, whoever asks first', async () => {
      const asked = await Promise.allSettled(
        Array.from({ length: 8 }, () => store.recordings.begin(standup)),
      );
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of asked) {
        if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('recording/running');
      }
      await store.recordings.begin({ ...standup, roomId: 'r2' });
    });

    test('of a room are no more than allowed', async () => {
      const id = await processing();
      expect(await code(store.recordings.begin(standup, 1))).toBe('recording/limit-reached');
      await store.recordings.forget(id);
      expect(await code(store.recordings.begin(standup, 1))).toBe('no error');
    });

    test('leave the room free for the next once LiveKit has stopped', async () => {
      await processing();
      expect(await code(store.recordings.begin(standup))).toBe('no error');
    });

    test('keep what steps tell, and nothing of steps that come too late', async () => {
      const id = await processing();
      const late = await store.recordings.step(id, 'egressActive', { startedAt: 9999 });
      expect(late).toMatchObject({ moved: false, recording: { startedAt: 1000, state: 'processing' } });
      const done = await store.recordings.step(id, 'stored', { storageKey: 'k', fileSize: 5, sha256: 'ab' });
      expect(done?.recording).toMatchObject({ state: 'completed', storageKey: 'k', egressId: `EG_${id}` });
      expect(await store.recordings.byId(id)).toEqual(done?.recording);
      expect(await store.recordings.step('nobody', 'stop')).toBeUndefined();
    });

    test('move once when two say the same at the same time', async () => {
      await subscribe(['recording.completed']);
      const id = await processing();
      const all = await Promise.all(
        Array.from({ length: 6 }, () => store.recordings.step(id, 'stored', { sha256: 'ab' })),
      );
      expect(all.filter((one) => one?.moved)).toHaveLength(1);
      expect(await store.outbox.due(Date.now() + 1, 10)).toHaveLength(1);
    });

    test('keep the first name that LiveKit has for them', async () => {
      const { id } = await store.recordings.begin(standup);
      await store.recordings.nameEgress(id, 'EG_1');
      await store.recordings.nameEgress(id, 'EG_2');
      expect((await store.recordings.byId(id))?.egressId).toBe('EG_1');
    });

    test('are listed by room, creator and state, the newest first', async () => {
      const first = await processing();
      const second = (await store.recordings.begin(standup)).id;
      await store.recordings.begin({ roomId: 'r2', roomName: 'other', createdBy: 'ben' });
      const ids = async (...as: Parameters<Store['recordings']['list']>) =>
        (await store.recordings.list(...as)).map(({ id }) => id);
      expect(new Set(await ids({ roomId: 'r1' }, 10))).toEqual(new Set([first, second]));
      expect(await ids({ roomId: 'r1', states: ['processing'] }, 10)).toEqual([first]);
      expect(await ids({ createdBy: 'ben', roomId: 'r1' }, 10)).toEqual([]);
      expect(await ids({}, 2, 2)).toHaveLength(1);
      expect(await store.recordings.count({ roomId: 'r1' })).toBe(2);
      const stale = await store.recordings.unchangedSince(Date.now(), ['processing'], 10);
      expect(stale.map(({ id }) => id)).toEqual([first]);
      expect(await store.recordings.unchangedSince(Date.now() - 60_000, ['processing'], 10)).toEqual([]);
    });
  });

  describe('the outbox', () => {
    test('tells each end once, to those who asked for it', async () => {
      const mine = await subscribe(['recording.completed', 'ping']);
      await subscribe(['room.created']);
      const silent = await subscribe(['recording.completed']);
      await store.outbox.change(silent.id, { isActive: false });
      const id = await processing();
      await store.recordings.step(id, 'stored', { storageKey: 'k', fileSize: 5, sha256: 'ab' });
      const due = await store.outbox.due(Date.now() + 1, 10);
      expect(due).toHaveLength(1);
      expect(due[0]).toMatchObject({
        subscriptionId: mine.id,
        url: mine.url,
        secret: mine.secret,
        attempts: 0,
      });
      expect(JSON.parse(due[0]?.body ?? '')).toMatchObject({
        event: 'recording.completed',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        data: {
          recordingId: id,
          roomId: 'r1',
          roomName: 'standup',
          status: 'completed',
          fileURL: `/api/rooms/r1/recordings/${id}/download`,
          fileSizeBytes: 5,
          durationMs: 7,
        },
      });
    });

    test('keeps nothing of a change that is not kept', async () => {
      await subscribe(['recording.failed']);
      const id = await processing();
      const broken = store.atomically(async ({ recordings }) => {
        await recordings.step(id, 'givenUp', { error: 'no file' });
        throw new Error('in the middle');
      });
      await expect(broken).rejects.toThrow('in the middle');
      expect(await store.outbox.due(Date.now() + 1, 10)).toEqual([]);
      expect((await store.recordings.byId(id))?.state).toBe('processing');
    });

    test('tries again when it is due, and logs what became of it', async () => {
      const { id } = await subscribe(['room.created']);
      await store.outbox.publish({ event: 'room.created', data: {} });
      const [first] = await store.outbox.due(Date.now() + 1, 10);
      if (!first) throw new Error('nothing is due');
      const later = Date.now() + 60_000;
      await store.outbox.tried(first, { status: 503, error: 'answered 503', dueAt: later });
      expect(await store.outbox.due(Date.now() + 1, 10)).toEqual([]);
      const [second] = await store.outbox.due(later, 10);
      if (!second) throw new Error('nothing is due');
      await store.outbox.tried(second, { status: 200, error: null, dueAt: null });
      expect(await store.outbox.deliveries(id, 10)).toMatchObject([
        { state: 'delivered', attempts: 2, status: 200, error: null, dueAt: null },
      ]);
      expect((await store.outbox.subscription(id))?.lastSeen).not.toBeNull();
      await store.outbox.forgetOld();
      expect(await store.outbox.deliveries(id, 10)).toHaveLength(1);
    });

    test('forgets a subscription with all that was for it', async () => {
      const { id } = await subscribe(['room.created']);
      await store.outbox.publish({ event: 'room.created', data: {} });
      expect(await store.outbox.unsubscribe(id)).toBe(true);
      expect(await store.outbox.unsubscribe(id)).toBe(false);
      expect(await store.outbox.due(Date.now() + 1, 10)).toEqual([]);
      expect(await store.outbox.subscriptions(10)).toEqual([]);
    });
  });
}
