/** The main job with real participants: config → serve → join → control → end. */
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { afterEach, expect, test } from 'vitest';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import {
  bedrud,
  initialise,
  isRunning,
  leftovers,
  makePlace,
  type Place,
  type Serving,
  serve,
} from '../helpers/serve.ts';
import { accessToken } from '../server/helpers.ts';

describeWith(['livekit-server'], 'bedrud init && bedrud serve', () => {
  const open: { serving?: Serving; rooms: Room[] } = { rooms: [] };
  afterEach(async () => {
    await Promise.all(open.rooms.splice(0).map((room) => room.disconnect()));
    open.serving?.kill('SIGKILL');
    await open.serving?.ended;
  });

  const place = () => makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '' });

  /** Calls the API as `user`. */
  async function call(jwtSecret: string, method: string, path: string, user: string, body?: object) {
    const response = await fetch(`${open.serving?.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken(user, {}, { secret: jwtSecret })}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
    return { status: response.status, body: (await response.json()) as any };
  }

  async function joinAs(user: string, jwtSecret: string): Promise<Room> {
    const { body } = await call(jwtSecret, 'POST', '/api/room/join', user, { roomName: 'standup' });
    const room = new Room();
    open.rooms.push(room);
    await room.connect(body.livekitHost, body.token, { autoSubscribe: true, dynacast: false });
    return room;
  }

  const participantsOf = async (where: Place) =>
    JSON.parse((await bedrud(where, 'room', 'participants', 'standup', '--json')).stdout);

  test('two people join with tokens of the API, one is muted, restricted and put out', {
    timeout: 60_000,
  }, async () => {
    const here = await place();
    const { jwtSecret } = await initialise(here);
    open.serving = await serve(here);
    const created = await call(jwtSecret, 'POST', '/api/room/create', 'ana', {
      name: 'standup',
      isPublic: true,
    });
    expect(created.status).toBe(201);
    const roomPath = `/api/room/${created.body.id}`;

    const ana = await joinAs('ana', jwtSecret);
    const ben = await joinAs('ben', jwtSecret);
    const count = async () => (await call(jwtSecret, 'GET', '/api/room/list', 'ana')).body[0].participants;
    await until('webhooks for both', async () => (await count()) === 2);

    const source = new AudioSource(48_000, 1);
    const track = LocalAudioTrack.createAudioTrack('mic', source);
    const heard = new Promise((resolve) => ana.on(RoomEvent.TrackSubscribed, resolve));
    const options = new TrackPublishOptions();
    options.source = TrackSource.SOURCE_MICROPHONE;
    await ben.localParticipant?.publishTrack(track, options);
    await source.captureFrame(new AudioFrame(new Int16Array(480), 48_000, 1, 480));
    await heard;

    const muted = new Promise((resolve) => ana.on(RoomEvent.TrackMuted, resolve));
    expect(await call(jwtSecret, 'POST', `${roomPath}/mute/ben`, 'ana')).toMatchObject({
      status: 200,
      body: { tracks: [{ muted: true }] },
    });
    await muted;

    expect(
      await call(jwtSecret, 'PUT', `${roomPath}/permissions/ben`, 'cy', { canPublish: false }),
    ).toMatchObject({
      status: 403,
    });
    expect(
      await call(jwtSecret, 'PUT', `${roomPath}/permissions/ben`, 'ana', { canPublish: false }),
    ).toMatchObject({
      status: 200,
      body: { permission: { canPublish: false, canSubscribe: true } },
    });
    expect(JSON.stringify(await participantsOf(here))).toContain('"canPublish":false');

    const out = new Promise((resolve) => ben.on(RoomEvent.Disconnected, resolve));
    expect(await bedrud(here, 'room', 'kick', 'standup', 'ben')).toMatchObject({ status: 0 });
    await out;
    await until('the webhook that ben left', async () => (await count()) === 1);

    await ana.disconnect();
    open.serving.kill('SIGTERM');
    expect(await open.serving.ended).toBe(143);
    expect(isRunning(open.serving.sfuPid())).toBe(false);
    expect(await leftovers(here)).toEqual([]);
    expect(open.serving.stderr()).not.toContain(jwtSecret);
  });

  test('a livekit-server that is killed is there again', { timeout: 30_000 }, async () => {
    const here = await place();
    await initialise(here);
    const serving = await serve(here);
    open.serving = serving;
    const first = serving.sfuPid();
    process.kill(first, 'SIGKILL');
    const ready = async () => (await fetch(`${serving.url}/readyz`)).status;
    await until('that it is noticed', async () => (await ready()) === 503);
    await until('another livekit-server', () => serving.sfuPid() !== first, 5000);
    await until('readiness', async () => (await ready()) === 200);
  });

  test('a bedrud that is killed leaves no livekit-server, and no file after the next start', {
    timeout: 30_000,
  }, async () => {
    const here = await place();
    await initialise(here);
    const killed = await serve(here);
    open.serving = killed;
    const sfu = killed.sfuPid();
    killed.kill('SIGKILL');
    await killed.ended;
    await until('the end of livekit-server', () => !isRunning(sfu));
    const next = await serve(here);
    open.serving = next;
    next.kill('SIGTERM');
    expect(await next.ended).toBe(143);
    expect(await leftovers(here)).toEqual([]);
  });

  test('twenty rounds of starting and ending leave nothing', { timeout: 120_000 }, async () => {
    const here = await place();
    await initialise(here);
    for (let round = 0; round < 20; round += 1) {
      open.serving = await serve(here);
      const sfu = open.serving.sfuPid();
      open.serving.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGINT');
      expect(await open.serving.ended).toBe(round % 2 === 0 ? 143 : 130);
      expect(isRunning(sfu)).toBe(false);
    }
    expect(await leftovers(here)).toEqual([]);
  });

  test('what keeps livekit-server from starting ends serve with its name and its fix', {
    timeout: 30_000,
  }, async () => {
    const here = await place();
    const redis = 'redis: {address: "127.0.0.1:1"}';
    await initialise(here, { livekit: redis });
    const { status, stdout } = await bedrud(here, 'serve', '--json');
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'sfu/start-failed' } });
    expect(stdout).toContain('redis/unreachable');
    expect(await leftovers(here)).toEqual([]);
  });

  test('--check says what would stop it, and starts nothing', { timeout: 30_000 }, async () => {
    const here = await place();
    const { port } = await initialise(here);
    expect(await bedrud(here, 'serve', '--check')).toMatchObject({ status: 0 });
    open.serving = await serve(here);
    const { status, stdout } = await bedrud(here, 'serve', '--check', '--json');
    expect(status).toBe(1);
    const errors = JSON.parse(stdout).findings.filter(
      (found: { severity: string }) => found.severity === 'error',
    );
    expect(errors).toMatchObject([
      { id: 'ports/in-use', message: expect.stringContaining(String(port)) },
      { id: 'ports/in-use' },
    ]);
  });
});
