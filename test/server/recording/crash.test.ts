import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { RecordingSettings } from '../../../src/server/recording/settings.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { describeWith } from '../../helpers/needs.ts';
import { until } from '../../helpers/poll.ts';
import { startRedis } from '../../helpers/redis.ts';
import { type S3Double, startS3Double } from '../../helpers/s3-double.ts';
import { redisAt } from './studio.ts';

const patience = 120_000;
const script = fileURLToPath(new URL('./fixtures/fetch.ts', import.meta.url));
const film = Buffer.alloc(12 * 1024 * 1024, 'film');

describeWith(['redis-server'], 'a replica that is killed', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  }, patience);

  /** Two recordings whose files wait in the bucket, and somebody who wants to be told. */
  const prepare = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bedrud-crash-'));
    ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    const redis = await startRedis();
    ends.push(redis.remove);
    const s3 = await startS3Double();
    ends.push(s3.close);
    const path = join(folder, 'bedrud.db');
    const store = await openStore({ type: 'sqlite', path });
    ends.push(() => store.close());
    await store.outbox.subscribe({
      name: 'x',
      url: 'https://example.com',
      events: ['recording.completed'],
      createdBy: 'ana',
    });
    const ids: string[] = [];
    for (const roomId of ['r1', 'r2']) {
      const { id } = await store.recordings.begin({ roomId, roomName: roomId, createdBy: 'ana' });
      s3.objects.set(`incoming/${id}.mp4`, film);
      await store.recordings.step(id, 'egressComplete', { source: 's3', fileSize: film.length });
      ids.push(id);
    }
    const settings: RecordingSettings = {
      ...{ folder, bucket: s3.target, maxBytes: 0, maxPerRoom: 0, retentionMs: 0, cleanUpMs: 0 },
      ...{ redis: redisAt(redis.port), attempts: 2, concurrency: 1 },
    };
    const replica = (): ChildProcess => {
      const argument = JSON.stringify({ path, settings });
      const child = spawn(process.execPath, ['--import', 'tsx', script, argument], { stdio: 'inherit' });
      ends.push(() => child.kill('SIGKILL'));
      return child;
    };
    return { s3, store, ids, replica, redis };
  };

  const allCompleted = (store: Store, ids: string[]) =>
    until(
      'all are completed',
      async () => (await store.recordings.list({ states: ['completed'] }, 10)).length === ids.length,
      patience,
    );
  const expectEachOnce = async (store: Store, s3: S3Double, ids: string[]) => {
    const sha256 = createHash('sha256').update(film).digest('hex');
    for (const { sha256: kept, fileSize } of await store.recordings.list({}, 10)) {
      expect({ kept, fileSize }).toEqual({ kept: sha256, fileSize: film.length });
    }
    const told = (await store.outbox.due(Date.now() + 1, 10)).map(
      ({ body }) => JSON.parse(body).data.recordingId,
    );
    expect(told.sort()).toEqual([...ids].sort());
    await until('the uploads are removed', () => s3.objects.size === ids.length, patience);
    for (const [key, object] of s3.objects) {
      expect(key).toMatch(/^recordings\//);
      expect(object.equals(film)).toBe(true);
    }
  };

  test.each([
    ['while it fetches', /^GET incoming/],
    ['while it uploads', /^PUT recordings/],
    ['before it removes what it has', /^DELETE incoming/],
  ])(
    '%s loses nothing and doubles nothing',
    async (_, moment) => {
      const { s3, store, ids, replica } = await prepare();
      let killed = false;
      const first = replica();
      const ended = new Promise((resolve) => first.once('exit', resolve));
      s3.interfere(async (line) => {
        if (killed || !moment.test(line)) return undefined;
        killed = true;
        first.kill('SIGKILL');
        await ended;
        return 500;
      });
      await until('it is killed', () => killed, patience);
      replica();
      await allCompleted(store, ids);
      await expectEachOnce(store, s3, ids);
    },
    patience,
  );

  test(
    'with its Redis is made up for: what waits is in the database',
    async () => {
      const { s3, store, ids, replica, redis } = await prepare();
      const first = replica();
      const ended = new Promise((resolve) => first.once('exit', resolve));
      await until('it has begun', () => s3.requests.length > 0, patience);
      first.kill('SIGKILL');
      await ended;
      await redis.stop();
      await redis.start();
      replica();
      await allCompleted(store, ids);
      await expectEachOnce(store, s3, ids);
    },
    patience,
  );
});
