/**
 * The API of the built program under load, on SQLite and on PostgreSQL: joins with one and 32 connections, webhooks,
 * and what it holds in memory. The peer, in turns with it, is one Fastify route that verifies a token (bench/peer.ts).
 * npx tsx bench/serve-load.ts [seconds] [sqlite|postgres]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { startEmulator } from '../src/emulator/index.ts';
import type { DatabaseLocation } from '../src/store/index.ts';
import { findProgram } from '../test/helpers/needs.ts';
import { freePort } from '../test/helpers/ports.ts';
import { startPostgres } from '../test/helpers/postgres.ts';
import { accessToken, jwtSecret, keys } from '../test/server/helpers.ts';
import { event, sign } from '../test/server/webhook-delivery.ts';
import { processorTime, residentMemory } from './pairs.ts';

const seconds = Number(process.argv[2] ?? 5);
const only = process.argv[3];
/** How many webhooks were made: each has a number of its own. */
let delivered = 0;
/** Rooms of twenty, all of whom fetch tokens again and again. */
const [rooms, seats] = [50, 20];
/** The Go server on a like machine: joins a second and p99 in milliseconds, by connections. */
const reference: Record<number, { rate: number; p99: number }> = {
  1: { rate: 1240, p99: 4 },
  32: { rate: 2340, p99: 36 },
};

const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: root });
const folder = mkdtempSync(join(tmpdir(), 'bedrud-bench-'));
const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Request {
  method: 'POST';
  path: string;
  headers: Record<string, string>;
  body: string;
}

try {
  const emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
  undo.push(() => emulator.close());
  const joins = await Promise.all(
    Array.from({ length: rooms * seats }, async (_, n): Promise<Request> => {
      const authorization = `Bearer ${await accessToken(`user-${n}`)}`;
      const headers = { authorization, 'content-type': 'application/json' };
      return {
        method: 'POST',
        path: '/api/room/join',
        headers,
        body: JSON.stringify({ roomName: `room-${n % rooms}` }),
      };
    }),
  );
  const peer = await start([process.execPath, '--import', 'tsx', join(root, 'bench/peer.ts'), jwtSecret]);
  for (const [kind, database] of await databases()) {
    const serve = await start([process.execPath, join(root, 'bin/bedrud.js'), 'serve', '--json'], {
      BEDRUD_CONFIG: await configure(kind, database, emulator.url),
      DB_PASSWORD: database.password ?? '',
      PATH: '/nonexistent',
    });
    for (let n = 0; n < rooms; n += 1) await createRoom(serve.url, `room-${n}`);
    say(`\n${kind}: ${residentMemory(serve.pid).now.toFixed(0)} MB at rest`);
    for (const connections of [1, 32]) {
      const bare = await load(peer, connections, () => joins);
      const subject = await load(serve, connections, () => joins);
      const goal = reference[connections] ?? { rate: 0, p99: 0 };
      say(
        `joins, ${connections} at a time: ${shown(subject)} (goal: ${goal.rate * 2}/s, p99 ${goal.p99} ms)`,
      );
      say(`  peer: ${shown(bare)}; ratio ${(subject.rate / bare.rate).toFixed(2)}`);
    }
    const webhooks = await load(serve, 32, (seconds) => deliveries(seconds * 12_000));
    say(`webhooks, 32 at a time: ${shown(webhooks)} (goal: 5000/s)`);
    const { now, peak } = residentMemory(serve.pid);
    say(`memory after: ${now.toFixed(0)} MB, ${peak.toFixed(0)} at its peak (goal: half of 130 to 195)`);
    await serve.stop();
  }
} finally {
  for (const step of undo.reverse()) await step();
}

async function databases(): Promise<[string, DatabaseLocation][]> {
  const found: [string, DatabaseLocation][] = [];
  if (only !== 'postgres') found.push(['SQLite', { type: 'sqlite', path: join(folder, 'bedrud.db') }]);
  if (only !== 'sqlite' && findProgram('initdb')) {
    // As it comes, but for the number of connections; the helper's own fsync = off is for tests.
    const postgres = await startPostgres({ settings: ['fsync = on', 'max_connections = 100'] });
    undo.push(() => postgres.remove());
    found.push(['PostgreSQL', await postgres.database({ host: postgres.folder })]);
  }
  return found;
}

async function configure(kind: string, database: DatabaseLocation, sfu: string): Promise<string> {
  const { password: _, ...rest } = database;
  const file = join(folder, `${kind}.yaml`);
  const config = {
    server: { host: '127.0.0.1', port: await freePort(), maxRoomsPerUser: 0 },
    // Counted, and never reached.
    rateLimit: { apiMaxRequests: 1_000_000_000 },
    database: rest,
    livekit: { external: true, host: 'wss://lk.example.com', internalHost: sfu, ...keys },
    auth: { jwtSecret },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Starts a server that prints a line with its URL once it listens. Its log goes to a file, as it would. */
async function start([program = '', ...args]: string[], env: Record<string, string> = {}) {
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  undo.push(stop);
  const [line] = (await Promise.race([once(child.stdout as Readable, 'data'), ended.then(() => [])])) as [
    Buffer?,
  ];
  if (line === undefined) throw new Error(`it did not start: ${readFileSync(join(folder, 'log'), 'utf8')}`);
  const { url } = JSON.parse(line.toString()) as { url: string };
  return { url, pid: child.pid ?? 0, stop };
}

async function createRoom(url: string, name: string): Promise<void> {
  const response = await fetch(`${url}/api/room/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await accessToken('ana')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, isPublic: true, maxParticipants: seats }),
  });
  if (response.status !== 201) throw new Error(`${name}: ${response.status} ${await response.text()}`);
}

/** Events with ids of their own: of each participant, that they came and that they left. */
function deliveries(count: number): Request[] {
  return Array.from({ length: count }, () => {
    const n = delivered++;
    const participant = { sid: `PA_${n >> 1}`, identity: `user-${n >> 1}`, joinedAtMs: String(Date.now()) };
    const room = { name: `room-${(n >> 1) % rooms}`, sid: `RM_${(n >> 1) % rooms}` };
    const kind = n % 2 === 0 ? 'participant_joined' : 'participant_left';
    const createdAt = String(Math.floor(Date.now() / 1000));
    const body = JSON.stringify(event(kind, { room, participant, createdAt }));
    const headers = { authorization: sign(body), 'content-type': 'application/webhook+json' };
    return { method: 'POST', path: '/api/livekit/webhook', headers, body };
  });
}

interface Load {
  /** Requests a second. */
  rate: number;
  /** In milliseconds. */
  p99: number;
  /** Processor time of one request, in microseconds. */
  cpu: number;
}

/**
 * Sends requests from all connections, one after the other on each of them, after three seconds in which V8 compiles what
 * is busy. They are made beforehand: autocannon's setupRequest makes each while the server waits for it.
 * @param requests for that many seconds; connection n sends each connections-th of them from the n-th on, round and round
 */
async function load(
  { url, pid }: { url: string; pid: number },
  connections: number,
  requests: (seconds: number) => readonly Request[],
): Promise<Load> {
  const run = (duration: number) => {
    const all = requests(duration);
    let client = 0;
    const setupClient = (made: autocannon.Client) => {
      const mine = client++;
      made.setRequests(all.filter((_, n) => n % connections === mine));
    };
    return autocannon({ url, connections, duration, setupClient });
  };
  await run(3);
  const before = processorTime(pid);
  const result = await run(seconds);
  if (result.non2xx + result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed of ${result.requests.total}`);
  const cpu = ((processorTime(pid) - before) * 1000) / result.requests.total;
  return { rate: result.requests.average, p99: result.latency.p99, cpu };
}

function shown({ rate, p99, cpu }: Load): string {
  return `${rate.toFixed(0)}/s, p99 ${p99} ms, ${cpu.toFixed(0)} µs of processor time each`;
}
