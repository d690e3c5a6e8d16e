/** `serve --dev`, with the emulator and with a real livekit-server. In one file: each takes the usual ports. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
} from '@livekit/rtc-node';
import { afterEach, expect, test } from 'vitest';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { bedrud, leftovers, makePlace, program, type Serving, serve } from '../helpers/serve.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { boundAddresses } from '../helpers/sockets.ts';

let serving: Serving | undefined;
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
});

/** A place where no livekit-server can be found. */
const bare = () => makePlace({ PATH: '/nonexistent', BEDRUD_CACHE_DIR: '/nonexistent' });

async function api(path: string, body?: object) {
  const response = await fetch(`${serving?.url}${path}`, {
    headers: {
      authorization: `Bearer ${serving?.facts.dev.accessToken}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
  return (await response.json()) as any;
}

test('serve --dev needs no configuration and no livekit-server', { timeout: 40_000 }, async () => {
  const place = await bare();
  serving = await serve(place, '--dev');
  expect(serving.stderr()).toContain('EMULATOR');
  expect(serving.facts.sfu.kind).toBe('emulator');
  const { dev } = serving.facts;
  expect(new URL(dev.livekitUrl).hostname).toBe('127.0.0.1');

  // The token it prints, and one from the API.
  const guest = await SignalClient.join(dev.livekitUrl, dev.token);
  const joined = await api('/api/room/join', { roomName: dev.room });
  const operator = await SignalClient.join(joined.livekitHost, joined.token);
  const count = async () => (await api('/api/room/list'))[0].participants;
  await until('both in the list', async () => (await count()) === 2);

  const kicked = await bedrud(place, '-c', dev.config, 'room', 'kick', dev.room, 'guest');
  expect(kicked).toMatchObject({ status: 0 });
  await guest.closed;
  await until('one in the list', async () => (await count()) === 1);

  await operator.leave();
  serving.kill('SIGINT');
  expect(await serving.ended).toBe(130);
  expect(await leftovers(place)).toEqual([]);
});

test('two of them run side by side, on ports of their own', { timeout: 40_000 }, async () => {
  const place = await bare();
  const first = await serve(place, '--dev');
  serving = await serve(place, '--dev');
  expect(serving.url).not.toBe(first.url);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${serving.url}/readyz`)).status).toBe(200);
  first.kill('SIGTERM');
  expect(await first.ended).toBe(143);
});

test('what a killed one has left is removed by the next', { timeout: 40_000 }, async () => {
  const place = await bare();
  const killed = await serve(place, '--dev');
  const before = await leftovers(place);
  expect(before).toHaveLength(1);
  killed.kill('SIGKILL');
  await killed.ended;
  expect(await leftovers(place)).toEqual(before);
  serving = await serve(place, '--dev');
  const after = await leftovers(place);
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  serving.kill('SIGTERM');
  await serving.ended;
  expect(await leftovers(place)).toEqual([]);
});

test('goes on where its log cannot be written', { timeout: 40_000 }, async () => {
  const place = await bare();
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [program, 'serve', '--dev', '--json'], {
    ...place,
    stdio: ['ignore', 'pipe', full],
  });
  closeSync(full);
  const ended = once(child, 'exit');
  try {
    const [facts] = await Promise.race([once(child.stdout as Readable, 'data'), ended]);
    const { url } = JSON.parse(String(facts));
    for (let request = 0; request < 3; request += 1) {
      expect((await fetch(`${url}/api/room/list`)).status).toBe(401);
    }
    child.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a folder for temporary files that is none is status 3, and names TMPDIR', async () => {
  const place = await bare();
  place.env['TMPDIR'] = '/dev/null';
  const { status, stderr } = await bedrud(place, 'serve', '--dev');
  expect(status).toBe(3);
  expect(stderr).toContain('set TMPDIR');
});

test('without --dev a missing livekit-server is an error that says what to do', async () => {
  const place = await bare();
  await bedrud(place, 'init', '--yes', '--port', String(await freePort()));
  const { status, stdout } = await bedrud(place, 'serve', '--json');
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'sfu/binary-missing' } });
  expect(JSON.parse(stdout).error.hint).toContain('livekit install');
});

describeWith(['livekit-server'], 'with a real livekit-server', () => {
  const rooms: Room[] = [];
  afterEach(() => Promise.all(rooms.splice(0).map((room) => room.disconnect())));

  async function join(url: string, token: string): Promise<Room> {
    const room = new Room();
    rooms.push(room);
    await room.connect(url, token, { autoSubscribe: true, dynacast: false });
    return room;
  }

  test('media passes, and nothing of it can be reached from another host', { timeout: 60_000 }, async () => {
    const place = await makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '' });
    serving = await serve(place, '--dev');
    const { dev } = serving.facts;
    const addresses = boundAddresses(serving.sfuPid());
    // HTTP and the UDP port of media; it may have others open for a moment.
    expect(addresses.length).toBeGreaterThanOrEqual(2);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));

    const made = await bedrud(
      place,
      ...['-c', dev.config, 'token', 'create', '--room', dev.room, '--identity', 'ben'],
    );
    const guest = await join(dev.livekitUrl, dev.token);
    const ben = await join(dev.livekitUrl, made.stdout.trim());
    const source = new AudioSource(48_000, 1);
    const heard = new Promise((resolve) => guest.on(RoomEvent.TrackSubscribed, resolve));
    await ben.localParticipant?.publishTrack(
      LocalAudioTrack.createAudioTrack('mic', source),
      new TrackPublishOptions(),
    );
    await source.captureFrame(new AudioFrame(new Int16Array(480), 48_000, 1, 480));
    await heard;

    await Promise.all([ben, guest].map((room) => room.disconnect()));
    serving.kill('SIGTERM');
    expect(await serving.ended).toBe(143);
    expect(await leftovers(place)).toEqual([]);
  });
});
