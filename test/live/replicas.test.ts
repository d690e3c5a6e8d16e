/**
 * Two replicas of `bedrud serve` on one PostgreSQL behind nginx. LiveKit is played by the emulator: what counts here is
 * who is let in, and that is decided before LiveKit hears of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { type DatabaseLocation, openStore } from '../../src/store/index.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { makePlace, type Place, type Serving, serve } from '../helpers/serve.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { accessToken, jwtSecret, keys } from '../server/helpers.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
});

/** A place whose configuration is that of one replica. */
async function replica(port: number, database: DatabaseLocation, livekit: Emulator): Promise<Place> {
  const { password, ...rest } = database;
  const place = await makePlace({ PATH: '/nonexistent', DB_PASSWORD: password ?? '' });
  const config = {
    server: { host: '127.0.0.1', port, behindProxy: true, trustedProxies: ['127.0.0.1'] },
    database: rest,
    livekit: { external: true, host: livekit.url.replace('http', 'ws'), internalHost: livekit.url, ...keys },
    auth: { jwtSecret },
  };
  await writeFile(path.join(place.cwd, 'config.yaml'), JSON.stringify(config));
  return place;
}

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

async function livekit(webhookUrl: string): Promise<Emulator> {
  const emulator = await startEmulator({
    port: 0,
    keys: { [keys.apiKey]: keys.apiSecret },
    webhook: { urls: [webhookUrl], apiKey: keys.apiKey },
  });
  undo.push(() => emulator.close());
  return emulator;
}

describeWith(['initdb', 'postgres', 'nginx'], 'two replicas on one PostgreSQL, behind nginx', () => {
  test('one is killed under load: only its unanswered requests are lost, and no seat is sold twice', {
    timeout: 60_000,
  }, async () => {
    const postgres = await startPostgres({ settings: ['max_connections = 60'] });
    undo.push(() => postgres.remove());
    const database = await postgres.database();
    const [front, first, second] = [await freePort(), await freePort(), await freePort()];
    const url = `http://127.0.0.1:${front}`;
    const sfu = await livekit(`${url}/api/livekit/webhook`);
    const place = await replica(first, database, sfu);
    // Both find an empty database.
    const [doomed, survivor] = await Promise.all([start(place), start(await replica(second, database, sfu))]);
    await balance(front, [first, second]);
    await until('nginx and a replica', () =>
      fetch(`${url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );

    const post = async (path: string, user: string, body: object) => {
      const headers = {
        authorization: `Bearer ${await accessToken(user)}`,
        'content-type': 'application/json',
      };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    };
    // All at work ask for the same few seats, room after room.
    const [rooms, seats, askers] = [20, 6, 20];
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
    const clients: SignalClient[] = [];
    const worker = async () => {
      for (const user of waiting) {
        const answer = await join(user);
        answers.set(user, answer);
        if (answers.size === 60) doomed.kill('SIGKILL');
        // Some come in, before and after.
        if (answer.status === 200 && Number(user.slice(5)) % 5 === 0) {
          clients.push(await SignalClient.join(sfu.url, JSON.parse(answer.text).token));
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
    expect(clients.length).toBeGreaterThan(5);
    await until(
      'all sessions',
      async () => (await store.sessions.totals()).participants === clients.length,
      30_000,
    );

    // It comes back, and is one of two again.
    const again = await start(place);
    await until('readiness', async () => (await fetch(`${again.url}/readyz`)).status === 200, 15_000);
    expect((await fetch(`${survivor.url}/readyz`)).status).toBe(200);
    expect(await post('/api/room/join', 'late', { roomName: 'room-0' })).toMatchObject({ status: 403 });
  });
});
