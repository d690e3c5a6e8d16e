/**
 * Two replicas of `bedrud serve` on one PostgreSQL behind nginx, with the emulator for LiveKit and with a real one. Who is
 * let in is decided before LiveKit hears of it; who is there, LiveKit knows.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dispose } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, afterEach, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/index.ts';
import { type DatabaseLocation, openStore } from '../../src/store/index.ts';
import { configureExternal } from '../helpers/external.ts';
import { enter, startLiveKit } from '../helpers/livekit.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { makePlace, type Place, type Serving, serve } from '../helpers/serve.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { accessToken, keys } from '../server/helpers.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
});

async function start(place: Place): Promise<Serving> {
  const serving = await serve(place);
  undo.push(() => {
    serving.kill('SIGKILL');
    return serving.ended;
  });
  return serving;
}

/** A load balancer as docs/database.md has it: a replica that can't be reached is left alone for a second. */
async function balance(port: number, replicas: readonly number[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bedrud-nginx-'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const upstream = replicas.map((at) => `server 127.0.0.1:${at} max_fails=1 fail_timeout=1s;`).join(' ');
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error; events {}
http {
  access_log off; ${paths.join(' ')}
  upstream bedrud { ${upstream} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://bedrud; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}`,
  );
  const nginx: ChildProcess = spawn(
    findProgram('nginx') ?? 'nginx',
    ['-c', path.join(folder, 'nginx.conf'), '-e', path.join(folder, 'error')],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => nginx.once('exit', resolve));
  undo.push(async () => {
    nginx.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  });
}

/** LiveKit, real or played. */
interface Sfu {
  url: string;
  /** @returns the participant's SID */
  enter(token: string): Promise<string>;
}

async function emulated(webhookUrl: string): Promise<Sfu> {
  const webhook = { urls: [webhookUrl], apiKey: keys.apiKey };
  const emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret }, webhook });
  undo.push(() => emulator.close());
  const { url } = emulator;
  return { url, enter: async (token) => (await SignalClient.join(url, token)).sid };
}

async function real(webhookUrl: string): Promise<Sfu> {
  const webhook = { urls: [webhookUrl], api_key: keys.apiKey };
  const livekit = await startLiveKit({ [keys.apiKey]: keys.apiSecret }, { webhook });
  undo.push(() => livekit.stop());
  const { url } = livekit;
  return { url, enter: async (token) => (await enter(url, token)).room.localParticipant?.sid ?? '' };
}

interface Pair {
  postgres: TestPostgres;
  database: DatabaseLocation & { dbname: string };
  sfu: Sfu;
  /** Of nginx. */
  url: string;
  places: [Place, Place];
  replicas: [Serving, Serving];
  post(path: string, user: string, body: object): Promise<{ status: number; text: string }>;
}

async function startPair(startSfu: (webhookUrl: string) => Promise<Sfu>): Promise<Pair> {
  const postgres = await startPostgres({ settings: ['max_connections = 60'] });
  undo.push(() => postgres.remove());
  const database = await postgres.database();
  const [front, first, second] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${front}`;
  const sfu = await startSfu(`${url}/api/livekit/webhook`);
  const replica = async (port: number): Promise<Place> => {
    const place = await makePlace({ PATH: '/nonexistent' });
    const server = { port, behindProxy: true, trustedProxies: ['127.0.0.1'] };
    await configureExternal(place, sfu.url, { host: sfu.url.replace('http', 'ws'), database, server });
    return place;
  };
  const places: Pair['places'] = [await replica(first), await replica(second)];
  // Both find an empty database.
  const replicas = await Promise.all([start(places[0]), start(places[1])]);
  await balance(front, [first, second]);
  await until('nginx and a replica', () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  const post: Pair['post'] = async (path, user, body) => {
    const headers = {
      authorization: `Bearer ${await accessToken(user)}`,
      'content-type': 'application/json',
    };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  return { postgres, database, sfu, url, places, replicas, post };
}

/** The sum of a counter of one replica, over all of its series that `labels` is part of. */
async function counted({ url }: Serving, name: string, labels = ''): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const needed = ['initdb', 'postgres', 'nginx'];

describeWith(needed, 'two replicas on one PostgreSQL, behind nginx', () => {
  test(
    'one is killed under load: only its unanswered requests are lost, and no seat is sold twice',
    {
      timeout: 90_000,
    },
    () => killOne(emulated, 20),
  );

  test('one of a hundred who ask both has the last seat', { timeout: 60_000 }, async () => {
    const { post, replicas } = await startPair(emulated);
    await post('/api/room/create', 'owner', { name: 'standup', isPublic: true, maxParticipants: 2 });
    expect(await post('/api/room/join', 'early', { roomName: 'standup' })).toMatchObject({ status: 200 });
    const asked = Array.from({ length: 100 }, (_, n) =>
      post('/api/room/join', `late-${n}`, { roomName: 'standup' }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 403)).toHaveLength(99);
    for (const one of replicas) expect(await counted(one, 'bedrud_joins_total')).toBeGreaterThan(20);
  });

  test('PostgreSQL is restarted under load: what is asked meanwhile is answered 503, and both go on', {
    timeout: 90_000,
  }, async () => {
    const { post, replicas, postgres, database } = await startPair(emulated);
    const seats = 500;
    await post('/api/room/create', 'owner', { name: 'standup', isPublic: true, maxParticipants: seats });
    const statuses = new Map<string, number>();
    let asking = true;
    let next = 0;
    const worker = async () => {
      while (asking) {
        const user = `user-${next++}`;
        statuses.set(user, (await post('/api/room/join', user, { roomName: 'standup' })).status);
      }
    };
    const working = Promise.all(Array.from({ length: 16 }, worker));
    const count = (wanted: number) => [...statuses.values()].filter((status) => status === wanted).length;
    const state = async ({ url }: Serving) => (await fetch(`${url}/readyz`)).json();
    await until('some joins', () => count(200) > 20, 20_000);
    await postgres.stop();
    for (const one of replicas) {
      expect(await state(one)).toMatchObject({ status: 'not ready', checks: { database: 'down' } });
    }
    await until('some refusals', () => count(503) > 20, 20_000);
    await postgres.start();
    const before = count(200);
    await until('more joins', () => count(200) > before + 20 || count(403) > 0, 20_000);
    asking = false;
    await working;
    for (const one of replicas) {
      expect(await state(one)).toMatchObject({ status: 'ready' });
      expect(one.log().map(({ msg }) => msg)).toContain('the database is back');
      expect(await counted(one, 'bedrud_database_errors_total', 'lost')).toBeGreaterThan(0);
    }
    const others = [...new Set(statuses.values())].filter((status) => ![200, 403, 503].includes(status));
    expect(others).toEqual([]);
    // Whoever was let in has the seat, and nobody has one too many.
    const rows = await postgres.query('select identity from admissions', database.dbname);
    const seated = rows.map(({ identity }) => String(identity));
    expect(seated.length).toBeLessThanOrEqual(seats);
    const admitted = [...statuses].flatMap(([user, status]) => (status === 200 ? [user] : []));
    expect(seated).toEqual(expect.arrayContaining(admitted));
  });
});

describeWith([...needed, 'livekit-server'], 'two replicas with a real livekit-server', () => {
  afterAll(() => dispose());
  test('one is killed under load: the database is what LiveKit lists', { timeout: 120_000 }, () =>
    killOne(real, 8),
  );
});

/** @param rooms in each there are six seats, and twenty ask for them */
async function killOne(startSfu: (webhookUrl: string) => Promise<Sfu>, rooms: number): Promise<void> {
  const { postgres, database, sfu, post, places, replicas } = await startPair(startSfu);
  const [doomed, survivor] = replicas;
  // All at work ask for the same few seats, room after room.
  const [seats, askers] = [6, 20];
  for (let n = 0; n < rooms; n += 1) {
    const room = { name: `room-${n}`, isPublic: true, maxParticipants: seats };
    expect((await post('/api/room/create', `owner-${n}`, room)).status).toBe(201);
  }
  const users = Array.from({ length: rooms * askers }, (_, n) => `user-${n}`);
  const roomOf = (user: string) => `room-${Math.floor(Number(user.slice(5)) / askers)}`;
  const join = (user: string) => post('/api/room/join', user, { roomName: roomOf(user) });
  const answers = new Map<string, { status: number; text: string }>();
  const atOnce = 16;
  const waiting = users.values();
  const there: string[] = [];
  const worker = async () => {
    for (const user of waiting) {
      const answer = await join(user);
      answers.set(user, answer);
      if (answers.size === 60) doomed.kill('SIGKILL');
      // Some come in, before and after.
      if (answer.status === 200 && Number(user.slice(5)) % 5 === 0) {
        there.push(await sfu.enter(JSON.parse(answer.text).token));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  expect(await doomed.ended).toBe('SIGKILL');

  const withStatus = (wanted: number) =>
    [...answers].flatMap(([user, { status }]) => (status === wanted ? [user] : []));
  const lost = withStatus(502);
  expect(lost.length).toBeLessThanOrEqual(atOnce);
  expect(withStatus(200).length + withStatus(403).length + lost.length).toBe(users.length);

  // Who got no answer asks again, and has the seat if there had been time to take it.
  for (const user of lost) answers.set(user, await join(user));
  const admitted = withStatus(200);
  for (let n = 0; n < rooms; n += 1) {
    expect(admitted.filter((user) => roomOf(user) === `room-${n}`)).toHaveLength(seats);
  }
  expect(withStatus(403)).toHaveLength(rooms * (askers - seats));
  const rows = await postgres.query(
    'select identity from admissions union select identity from sessions where "leftAt" is null',
    database.dbname,
  );
  expect(rows.map(({ identity }) => identity).toSorted()).toEqual(admitted.toSorted());

  // Webhooks came to either, and those of the dead one were sent again.
  const store = await openStore(database);
  undo.push(() => store.close());
  expect(there.length).toBeGreaterThan(5);
  await until(
    'all sessions',
    async () => (await store.sessions.totals()).participants === there.length,
    30_000,
  );
  const sdk = new RoomServiceClient(sfu.url, keys.apiKey, keys.apiSecret);
  const lists = Array.from({ length: rooms }, (_, n) => sdk.listParticipants(`room-${n}`).catch(() => []));
  const listed = (await Promise.all(lists)).flat().map(({ sid }) => sid);
  expect(listed.toSorted()).toEqual(there.toSorted());
  expect((await store.sessions.open()).map(({ sid }) => sid).toSorted()).toEqual(there.toSorted());

  // Comparing with LiveKit is the survivor's work now, whoever of them was at it.
  const comparisons = () => counted(survivor, 'bedrud_reconcile_rounds_total', '"agreed"');
  const before = await comparisons();
  await until('a comparison', async () => (await comparisons()) > before, 30_000);

  // It comes back, and is one of two again.
  const again = await start(places[0]);
  await until('readiness', async () => (await fetch(`${again.url}/readyz`)).status === 200, 15_000);
  expect((await fetch(`${survivor.url}/readyz`)).status).toBe(200);
  expect(await post('/api/room/join', 'late', { roomName: 'room-0' })).toMatchObject({ status: 403 });
}
