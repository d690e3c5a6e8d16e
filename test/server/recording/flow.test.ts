import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { putFile } from '../../helpers/egress-double.ts';
import { describeWith } from '../../helpers/needs.ts';
import { until } from '../../helpers/poll.ts';
import { startRedis, type TestRedis } from '../../helpers/redis.ts';
import { startS3Double } from '../../helpers/s3-double.ts';
import { accessToken, bearer } from '../helpers.ts';
import { openStudio, type Studio, type StudioOptions } from './studio.ts';

const patience = 30_000;

describeWith(['redis-server'], 'recording a room', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  }, patience);
  afterAll(() => redis?.remove());

  let studio: Studio;
  const ends: (() => Promise<void>)[] = [];
  const open = async (options: StudioOptions = {}) => {
    studio = await openStudio({ redis: redis.port, ...options });
    ends.push(studio.close);
    await until('recording is possible', async () => (await list()).available, patience);
    return studio;
  };
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const list = () => studio.ask('GET', `${studio.path}/recordings`);
  const get = (id: string, as?: string) => studio.ask('GET', `${studio.path}/recordings/${id}`, as);
  const state = (id: string, wanted: string) =>
    until(
      `it is ${wanted}`,
      async () => (await studio.context.store.recordings.byId(id))?.state === wanted,
      patience,
    );
  const start = () => studio.ask('POST', `${studio.path}/recording/start`);
  const stop = () => studio.ask('POST', `${studio.path}/recording/stop`);
  /** From the first participant to the file. */
  const record = async (): Promise<string> => {
    await studio.join();
    const { id } = await start();
    await state(id, 'active');
    await stop();
    await state(id, 'completed');
    return id;
  };
  const download = (url: string, headers = {}) => studio.app.inject({ url, headers });

  test(
    'from the start to the file and its end',
    async () => {
      await open();
      await studio.join();
      const started = await start();
      expect(started).toEqual({ id: expect.any(String), status: 'started', roomId: studio.room.id });
      const { id } = started;
      expect(await studio.ask('GET', `${studio.path}/recordings/${id}/wait`)).toMatchObject({
        status: 'active',
      });
      expect(await list()).toMatchObject({
        total: 1,
        recordings: [{ id, status: 'started', state: 'active' }],
      });
      expect(await start()).toMatchObject({ status: 409, code: 'recording/running' });
      expect(await stop()).toEqual({ id, status: 'processing' });
      await state(id, 'completed');

      const shown = await get(id);
      expect(shown).toMatchObject({
        status: 'completed',
        downloadStatus: 'ready',
        roomName: 'standup',
        createdBy: 'ana',
      });
      const file = await download(shown.fileUrl);
      expect(file.statusCode).toBe(200);
      expect(file.headers).toMatchObject({
        'content-type': 'video/mp4',
        'content-length': String(shown.fileSize),
        'content-disposition': expect.stringMatching(
          /^attachment; filename="standup-\d{4}-\d\d-\d\dT\d{4}\.mp4"$/,
        ),
        etag: `"${shown.sha256}"`,
      });
      expect(createHash('sha256').update(file.rawPayload).digest('hex')).toBe(shown.sha256);
      expect(file.rawPayload.subarray(4, 8).toString()).toBe('ftyp');

      const kept = join(studio.folder, `data/recordings/recordings/${studio.room.id}/${id}.mp4`);
      expect(existsSync(kept)).toBe(true);
      const incoming = join(studio.folder, `data/recordings/incoming/${id}.mp4`);
      await until("the recorder's file is removed", () => !existsSync(incoming), patience);
      const gone = await studio.ask('DELETE', `${studio.path}/recordings/${id}`);
      expect(gone).toMatchObject({ message: 'Recording cleared' });
      expect(existsSync(kept)).toBe(false);
      expect(await get(id)).toMatchObject({ status: 404, code: 'recording/not-found' });
    },
    patience,
  );

  test(
    'into a bucket, which recorders upload to themselves',
    async () => {
      const s3 = await startS3Double();
      ends.push(s3.close);
      await open({ settings: { bucket: s3.target }, sink: putFile });
      const id = await record();
      await until('the upload is removed', () => s3.objects.size === 1);
      expect([...s3.objects.keys()]).toEqual([`recordings/${studio.room.id}/${id}.mp4`]);
      const { fileUrl, fileSize } = await get(id);
      const part = await download(fileUrl, { range: 'bytes=4-7' });
      expect(part).toMatchObject({ statusCode: 206, payload: 'ftyp' });
      expect(part.headers['content-range']).toBe(`bytes 4-7/${fileSize}`);
      await studio.ask('DELETE', `${studio.path}/recordings`);
      expect(s3.objects.size).toBe(0);
    },
    patience,
  );

  test(
    'goes on when no event of LiveKit arrives',
    async () => {
      await open({ webhooks: false });
      await record();
      expect(studio.context.metrics.webhooks.counts.applied).toBe(0);
    },
    patience,
  );

  test(
    'ends with the room, without anybody stopping it',
    async () => {
      await open();
      const ben = await studio.join();
      const { id } = await start();
      await state(id, 'active');
      await ben.leave();
      const { roomService } = await import('../../../src/sfu/rooms.ts');
      await roomService(studio.context.sfu.connection).deleteRoom('standup');
      await state(id, 'completed');
    },
    patience,
  );

  test(
    'that LiveKit forgot is over after a while',
    async () => {
      await open();
      const { store } = studio.context;
      const { id } = await store.recordings.begin({
        roomId: studio.room.id,
        roomName: 'standup',
        createdBy: 'ana',
      });
      expect(await stop()).toMatchObject({ id });
      expect((await store.recordings.byId(id))?.state).toBe('stopping');
      await studio.context.recordings.refresh('standup', [
        { ...(await store.recordings.byId(id)), createdAt: 0 } as never,
      ]);
      expect(await get(id)).toMatchObject({
        status: 'failed',
        error: 'LiveKit knows nothing of it any more',
      });
      expect(await stop()).toMatchObject({ status: 404, code: 'recording/none' });
    },
    patience,
  );

  test(
    'keeps why there is no file, and tries again when asked',
    async () => {
      let location = 'elsewhere';
      await open({ sink: async () => location });
      await studio.join();
      const { id } = await start();
      await state(id, 'active');
      await stop();
      await state(id, 'failed');
      const failed = await get(id);
      expect(failed).toMatchObject({ status: 'failed', downloadStatus: 'failed' });
      expect(failed.error).toContain('elsewhere, which is not below');
      expect(
        (await download(`${studio.path}/recordings/${id}/download`, await bearer('ana'))).statusCode,
      ).toBe(409);
      location = 'still elsewhere';
      expect(await studio.ask('POST', `${studio.path}/recordings/${id}/retry`)).toEqual({
        status: 'success',
      });
      await until('it was tried again', () => studio.logged().split('"last":true').length === 3, patience);
      await state(id, 'failed');
      expect(await studio.ask('POST', `${studio.path}/recordings/${id}/retry`, 'zoe')).toMatchObject({
        status: 404,
      });
    },
    patience,
  );

  test(
    'of another size than LiveKit says, or larger than allowed, is not kept',
    async () => {
      await open({ settings: { maxBytes: 8 } });
      await studio.join();
      const { id } = await start();
      await state(id, 'active');
      await stop();
      await state(id, 'failed');
      expect((await get(id)).error).toContain('larger than');
      const { store } = studio.context;
      const other = await store.recordings.begin({
        roomId: studio.room.id,
        roomName: 'standup',
        createdBy: 'ana',
      });
      const source = join(studio.folder, `data/recordings/incoming/${id}.mp4`);
      await store.recordings.step(other.id, 'egressComplete', { source, fileSize: 3 });
      await state(other.id, 'failed');
      expect((await get(other.id)).error).toMatch(/larger than|has \d+ bytes, and LiveKit says 3/);
    },
    patience,
  );

  test(
    'is for who controls the room, where it allows it',
    async () => {
      await open();
      const as = (who: string, claims = {}) =>
        studio.ask('POST', `${studio.path}/recording/start`, who, claims);
      expect(await as('zoe')).toMatchObject({ status: 403, code: 'api/forbidden' });
      expect(await as('mo', { accesses: ['user', 'moderator'] })).toMatchObject({
        status: 409,
        code: 'recording/room-empty',
      });
      expect(await start()).toMatchObject({ status: 409, code: 'recording/room-empty' });
      expect((await list()).total).toBe(0);
      const silent = await studio.makeRoom({ name: 'silent', settings: { recordingsAllowed: false } });
      expect(await studio.ask('POST', `/api/rooms/${silent.id}/recording/start`)).toMatchObject({
        status: 403,
        code: 'recording/not-allowed',
      });
      expect(await studio.ask('POST', '/api/rooms/none/recording/start')).toMatchObject({ status: 404 });
      expect(
        (await studio.app.inject({ method: 'POST', url: `${studio.path}/recording/start` })).statusCode,
      ).toBe(401);
    },
    patience,
  );

  test(
    'is shown to the creator of the room, the staff and who started it',
    async () => {
      await open();
      const id = await record();
      for (const [who, claims] of [
        ['ana', {}],
        ['mo', { accesses: ['admin'] }],
      ] as const) {
        expect(await studio.ask('GET', `${studio.path}/recordings`, who, claims)).toMatchObject({ total: 1 });
      }
      for (const path of ['', `/${id}`, `/${id}/wait`, `/${id}/download`]) {
        expect(await studio.ask('GET', `${studio.path}/recordings${path}`, 'zoe')).toMatchObject({
          status: 404,
        });
      }
      expect(await studio.ask('DELETE', `${studio.path}/recordings/${id}`, 'zoe')).toMatchObject({
        status: 404,
      });
      expect(await studio.ask('DELETE', `${studio.path}/recordings`, 'zoe')).toMatchObject({ status: 403 });
      const elsewhere = await studio.makeRoom({ name: 'elsewhere' });
      expect(await studio.ask('GET', `/api/rooms/${elsewhere.id}/recordings/${id}`)).toMatchObject({
        status: 404,
      });
    },
    patience,
  );

  test(
    'is downloaded with a link for this room alone, and for five minutes',
    async () => {
      await open();
      const id = await record();
      const url = `${studio.path}/recordings/${id}/download`;
      const { downloadTokens } = await import('../../../src/server/routes/recordings/token.ts');
      const { jwtSecret } = studio.context.config.auth;
      const tokens = downloadTokens(jwtSecret);
      const status = async (token: string) => (await download(`${url}?token=${token}`)).statusCode;
      const good = tokens.sign(studio.room.id);
      expect(await status(good)).toBe(200);
      const claims = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString());
      expect(claims.exp - claims.iat).toBe(300);
      expect(await status(tokens.sign('another-room'))).toBe(401);
      expect(await status(downloadTokens('another secret').sign(studio.room.id))).toBe(401);
      expect(await status(await accessToken('ana'))).toBe(401);
      expect(
        await status(
          await accessToken(
            'ana',
            { purpose: 'recording-download', room: studio.room.id },
            { expires: '-1s' },
          ),
        ),
      ).toBe(401);
      expect((await download(url)).statusCode).toBe(401);
      expect((await download(url, await bearer('ana'))).statusCode).toBe(200);
      // Nothing else takes it.
      const list = await studio.app.inject({
        url: '/api/room/list',
        headers: { authorization: `Bearer ${good}` },
      });
      expect(list.statusCode).toBe(401);
    },
    patience,
  );

  test.each([
    ['bytes=0-3', 206, 'bytes 0-3/'],
    ['bytes=-4', 206, 'bytes '],
    ['bytes=5-', 206, 'bytes 5-'],
    ['bytes=0-99999999', 206, 'bytes 0-'],
    ['bytes=99999999-', 416, undefined],
    ['bytes=0-1,3-4', 200, undefined],
    ['pages=1', 200, undefined],
  ])(
    'is handed out in parts: %s',
    async (range, status, contentRange) => {
      await open();
      const { fileUrl, fileSize } = await get(await record());
      const answer = await download(fileUrl, { range });
      expect(answer.statusCode).toBe(status);
      if (contentRange !== undefined) expect(answer.headers['content-range']).toContain(contentRange);
      if (status === 206) expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length);
      if (status === 200) expect(answer.rawPayload.length).toBe(fileSize);
    },
    patience,
  );

  test(
    'goes when it is old, file and all',
    async () => {
      await open({ settings: { retentionMs: 1, cleanUpMs: 1 } });
      const id = await record();
      await until(
        'it is gone',
        async () => (await studio.context.store.recordings.byId(id)) === undefined,
        patience,
      );
      expect(existsSync(join(studio.folder, `data/recordings/recordings/${studio.room.id}/${id}.mp4`))).toBe(
        false,
      );
    },
    patience,
  );

  test(
    'is off while Redis is away, and everything else works',
    async () => {
      const own = await startRedis();
      ends.push(own.remove);
      await open({ redis: own.port });
      await studio.join();
      await own.stop();
      await until('it is noticed', async () => !(await list()).available, patience);
      expect(await start()).toMatchObject({ status: 503, code: 'recording/unavailable' });
      expect(await list()).toMatchObject({
        available: false,
        reason: expect.stringContaining('Redis is away'),
      });
      const health = await studio.app.inject('/readyz');
      expect(health.json()).toMatchObject({ status: 'ready', checks: { recording: 'unavailable' } });
      expect((await studio.app.inject('/')).body).toContain('unavailable');
      expect(await studio.ask('POST', '/api/room/join').then(({ status }) => status)).toBe(400);
      await own.start();
      await until('it is back', async () => (await list()).available, patience);
      await state((await start()).id, 'active');
    },
    patience * 2,
  );

  test(
    'is off without a Redis, and says so',
    async () => {
      studio = await openStudio();
      ends.push(studio.close);
      expect(await start()).toMatchObject({ status: 503, code: 'recording/off' });
      expect(await list()).toMatchObject({ available: false, total: 0 });
      expect((await studio.app.inject('/readyz')).json()).toMatchObject({ checks: { recording: 'off' } });
    },
    patience,
  );
});
