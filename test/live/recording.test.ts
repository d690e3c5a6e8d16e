/** Recording with a real livekit-server and a real Redis; doubles play the egress service, over that Redis, and S3. */
import { createHash, createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { dispose } from '@livekit/rtc-node';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type EgressOperations, egressService } from '../../src/sfu/egress.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { type EgressDouble, startEgressDouble } from '../helpers/egress-double.ts';
import { enter, type LiveKit, startLiveKit } from '../helpers/livekit.ts';
import { describeWith } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';
import { startS3Double } from '../helpers/s3-double.ts';
import { bedrud, makePlace, serve } from '../helpers/serve.ts';
import { accessToken, jwtSecret, keys } from '../server/helpers.ts';

const patience = 120_000;
afterAll(() => dispose());
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
}, patience);

describeWith(['livekit-server'], 'a livekit-server without Redis', () => {
  test(
    'records nothing, and we say why',
    async () => {
      const livekit = await startLiveKit({ [keys.apiKey]: keys.apiSecret });
      ends.push(livekit.stop);
      const egress = egressService({ url: livekit.url, ...keys, skipTLSVerify: false });
      await expect(egress.check()).rejects.toMatchObject({ code: 'recording/no-redis' });
      await expect(egress.stop('EG_1', 'standup')).rejects.toMatchObject({
        code: expect.stringMatching(/^(recording|sfu)\//),
      });
    },
    patience,
  );
});

describeWith(['livekit-server', 'redis-server'], 'a livekit-server with Redis', () => {
  let redis: TestRedis;
  let livekit: LiveKit;
  let egress: EgressOperations;
  beforeEach(async () => {
    redis = await startRedis();
    livekit = await startLiveKit({ [keys.apiKey]: keys.apiSecret }, { redis: { address: redis.address } });
    egress = egressService({ url: livekit.url, ...keys, skipTLSVerify: false });
    ends.push(redis.remove, livekit.stop);
  }, patience);
  const someoneJoins = () => enter(livekit.url, mintToken(keys, { identity: 'ben', room: 'standup' }));
  const request = { room: 'standup', filepath: '/tmp/never/incoming/x.mp4', audioOnly: true };

  test(
    'could record, and lists nothing',
    async () => {
      await egress.check();
      expect(await egress.list('standup')).toEqual([]);
      await expect(egress.start(request)).rejects.toMatchObject({ code: 'recording/room-empty' });
      await expect(egress.stop('EG_none', 'standup')).rejects.toMatchObject({ code: 'sfu/not-found' });
    },
    patience,
  );

  test(
    'has no recorder, and we say so',
    async () => {
      const ben = await someoneJoins();
      await expect(egress.start(request)).rejects.toMatchObject({ code: 'recording/no-recorder' });
      await ben.leave();
    },
    patience,
  );

  test(
    'takes the double for an egress service',
    async () => {
      const double: EgressDouble = await startEgressDouble(redis.port, Buffer.from('a film'));
      ends.push(double.close);
      const ben = await someoneJoins();
      const filepath = `${process.env['TMPDIR']}/double/incoming/x.mp4`;
      const started = await egress.start({ ...request, filepath });
      expect(started).toMatchObject({ roomName: 'standup', phase: 'starting', filepath });
      expect(double.requests[0]).toMatchObject({ roomName: 'standup', audioOnly: true });
      const phase = async () => (await egress.list('standup'))[0]?.phase;
      await until('it records', async () => (await phase()) === 'active', 20_000);
      expect(await egress.stop(started.egressId, 'standup')).toMatchObject({ phase: 'ending' });
      await until('it is complete', async () => (await phase()) === 'complete', 20_000);
      expect((await egress.list('standup'))[0]).toMatchObject({ location: filepath, fileSize: 6 });
      await expect(egress.stop(started.egressId, 'standup')).rejects.toMatchObject({
        code: 'sfu/failed',
        message: expect.stringContaining('cannot be stopped'),
      });
      await ben.leave();
    },
    patience,
  );
});

describeWith(
  ['livekit-server', 'redis-server'],
  'serve, a livekit-server, Redis, a bucket and a recorder',
  () => {
    const film = Buffer.alloc(7 * 1024 * 1024, 'film');

    /** All of it, with a room in which somebody is, and somebody who wants to be told. */
    const open = async ({ recorded = true } = {}) => {
      const redis = await startRedis();
      const s3 = await startS3Double();
      const port = await freePort();
      const urls = [`http://127.0.0.1:${port}/api/livekit/webhook`];
      const livekit = await startLiveKit(
        { [keys.apiKey]: keys.apiSecret },
        { redis: { address: redis.address }, webhook: { urls, api_key: keys.apiKey } },
      );
      ends.push(redis.remove, s3.close, livekit.stop);
      const startRecorder = async () => {
        const recorder = await startEgressDouble(redis.port, film);
        ends.push(recorder.close);
        return recorder;
      };
      const recorder = recorded ? await startRecorder() : undefined;
      const place = await makePlace({ BEDRUD_WEBHOOK_NETWORKS: '127.0.0.0/8' });
      await writeFile(
        join(place.cwd, 'config.yaml'),
        JSON.stringify({
          server: { host: '127.0.0.1', port: String(port) },
          database: { path: join(place.cwd, 'bedrud.db') },
          livekit: {
            ...{
              external: true,
              host: livekit.url.replace('http', 'ws'),
              internalHost: livekit.url,
              ...keys,
            },
            redis: { address: redis.address },
          },
          chat: { uploads: { s3: s3.target } },
          auth: { jwtSecret },
        }),
      );
      const serving = await serve(place);
      ends.push(async () => {
        serving.kill('SIGKILL');
        await serving.ended;
      });
      const call = async (method: string, path: string, body?: object, claims = {}) => {
        const response = await fetch(`${serving.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${await accessToken('ana', claims)}`,
            ...(body ? { 'content-type': 'application/json' } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
        return (await response.json()) as any;
      };
      return { redis, s3, livekit, recorder, startRecorder, place, serving, call };
    };
    /** Takes webhooks. */
    const listen = async () => {
      const taken: { signature: string; body: string }[] = [];
      const receiver = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        taken.push({ signature: String(request.headers['x-bedrud-signature']), body });
        response.end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      ends.push(
        () => new Promise((resolve) => receiver.close(resolve)),
        () => receiver.closeAllConnections(),
      );
      return { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, taken };
    };

    test(
      'record a room, keep the file, hand it out, and say so',
      async () => {
        const { s3, recorder, call, serving, place } = await open();
        const { url, taken } = await listen();
        const admin = { accesses: ['superadmin'] };
        const hook = { name: 'mine', url, events: ['recording.completed'] };
        const { secret } = await call('POST', '/api/admin/webhooks', hook, admin);
        const room = await call('POST', '/api/room/create', { name: 'standup', isPublic: true });
        const path = `/api/rooms/${room.id}`;
        const { token, livekitHost } = await call('POST', '/api/room/join', { roomName: 'standup' });
        const ana = await enter(livekitHost, token);
        await until(
          'recording is possible',
          async () => (await call('GET', `${path}/recordings`)).available,
          30_000,
        );

        const { id } = await call('POST', `${path}/recording/start`);
        expect(await call('GET', `${path}/recordings/${id}/wait`)).toMatchObject({ status: 'active' });
        expect(recorder?.requests[0]?.fileOutputs[0]).toMatchObject({
          filepath: `incoming/${id}.mp4`,
          output: { case: 's3', value: { bucket: s3.target.bucket } },
        });
        expect(await call('POST', `${path}/recording/stop`)).toEqual({ id, status: 'processing' });
        const done = await until(
          'the file is kept',
          async () => {
            const recording = await call('GET', `${path}/recordings/${id}`);
            return recording.state === 'completed' && recording;
          },
          60_000,
        );
        const sha256 = createHash('sha256').update(film).digest('hex');
        expect(done).toMatchObject({ fileSize: film.length, sha256, downloadStatus: 'ready' });
        const file = await fetch(`${serving.url}${done.fileUrl}`);
        expect(Buffer.from(await file.arrayBuffer()).equals(film)).toBe(true);
        await until("the recorder's file is removed", () => s3.objects.size === 1, 30_000);
        expect([...s3.objects.keys()]).toEqual([`recordings/${room.id}/${id}.mp4`]);

        await until('somebody is told', () => taken.length > 0, 30_000);
        expect(taken).toHaveLength(1);
        const [{ signature, body } = { signature: '', body: '' }] = taken;
        expect(signature).toBe(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
        expect(JSON.parse(body)).toMatchObject({
          event: 'recording.completed',
          data: { recordingId: id, sha256 },
        });

        const out = join(place.cwd, 'standup.mp4');
        expect(await bedrud(place, 'recording', 'download', id, '--out', out)).toMatchObject({
          status: 0,
          stdout: `${out}\n`,
        });
        await ana.leave();
      },
      patience,
    );

    test(
      'say at once that there is no recorder, and record once there is one',
      async () => {
        const { startRecorder, call, place } = await open({ recorded: false });
        const room = await call('POST', '/api/room/create', { name: 'standup', isPublic: true });
        const { token, livekitHost } = await call('POST', '/api/room/join', { roomName: 'standup' });
        const ana = await enter(livekitHost, token);
        const list = () => call('GET', `/api/rooms/${room.id}/recordings`);
        const start = () => call('POST', `/api/rooms/${room.id}/recording/start`);
        await until('it is noticed', async () => /no recorder/.test((await list()).reason), 30_000);
        const reason = expect.stringContaining('no recorder');
        expect(await call('GET', '/readyz')).toMatchObject({
          status: 'ready',
          checks: { recording: 'unavailable', reason },
        });
        // LiveKit itself looks for one for twenty seconds, and is not asked.
        const refused = { code: 'recording/no-recorder' };
        expect(await start()).toMatchObject(refused);
        const command = await bedrud(place, 'recording', 'start', 'standup', '--json');
        expect(JSON.parse(command.stdout)).toMatchObject({ error: refused });
        expect((await list()).total).toBe(0);

        const recorder = await startRecorder();
        const { id, status } = await start();
        expect(status).toBe('started');
        expect(recorder.requests).toHaveLength(1);
        expect(await call('GET', `/api/rooms/${room.id}/recordings/${id}/wait`)).toMatchObject({
          status: 'active',
        });
        await ana.leave();
      },
      patience,
    );

    test(
      'go on without Redis, but record nothing until it is back',
      async () => {
        const { redis, call } = await open();
        const room = await call('POST', '/api/room/create', { name: 'standup', isPublic: true });
        const list = () => call('GET', `/api/rooms/${room.id}/recordings`);
        await until('recording is possible', async () => (await list()).available, 30_000);
        await redis.stop();
        await until('it is noticed', async () => !(await list()).available, 30_000);
        expect(await call('POST', `/api/rooms/${room.id}/recording/start`)).toMatchObject({
          code: 'recording/unavailable',
        });
        expect((await call('POST', '/api/room/join', { roomName: 'standup' })).token).toMatch(/^eyJ/);
        await redis.start();
        await until('recording is possible again', async () => (await list()).available, 60_000);
      },
      patience,
    );
  },
);
