/**
 * Everything goes wrong at once: of the signed events of 200 participants a tenth is lost and a tenth comes twice, in any
 * order, while serve is killed three times. After its next start the database is what LiveKit lists.
 *
 * The emulator plays LiveKit, in this process; serve is the built program.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterEach, expect, test } from 'vitest';
import { concurrently } from '../../src/core/concurrently.ts';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { openStore } from '../../src/store/index.ts';
import { configureExternal } from '../helpers/external.ts';
import { until } from '../helpers/poll.ts';
import { makePlace, type Serving, serve } from '../helpers/serve.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { accessToken, keys } from '../server/helpers.ts';

interface Delivery {
  body: string;
  authorization: string;
}

const rooms = Array.from({ length: 10 }, (_, i) => `room-${i}`);
const people = 200;

let serving: Serving | undefined;
let emulator: Emulator | undefined;
let collector: Server | undefined;
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
  await emulator?.close();
  collector?.close();
});

/** Numbers between 0 and 1, the same in every run: a failure can be looked at again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Takes LiveKit's webhooks, and keeps them from serve. */
async function collect(): Promise<{ url: string; deliveries: Delivery[] }> {
  const deliveries: Delivery[] = [];
  collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization = '' } = request.headers;
    deliveries.push({ body: Buffer.concat(chunks).toString(), authorization });
    response.end();
  });
  await new Promise<void>((resolve) => collector?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`, deliveries };
}

/** 200 join ten rooms; some leave, some come back under the same name, one room is closed. */
async function meet(url: string, sdk: RoomServiceClient, random: () => number): Promise<void> {
  const enter = (identity: string, room: string) =>
    SignalClient.join(url, mintToken(keys, { identity, room }));
  const everyone = Array.from({ length: people }, (_, i) => [`person-${i}`, rooms[i % 10] ?? ''] as const);
  await concurrently(everyone, 20, async ([identity, room]) => {
    const client = await enter(identity, room);
    const fate = random();
    if (fate < 0.3) await client.leave();
    // Whoever comes again takes the place of whoever was there.
    else if (fate < 0.45) await enter(identity, room);
    else if (fate < 0.55) {
      await client.leave();
      await enter(identity, room);
    }
  });
  await sdk.deleteRoom('room-9');
  await enter('late', 'room-9');
}

async function listed(sdk: RoomServiceClient): Promise<string[]> {
  const all = await Promise.all(rooms.map((room) => sdk.listParticipants(room)));
  return all.flat().map(({ sid, identity }) => `${sid} ${identity}`);
}

test('a tenth lost, a tenth doubled, shuffled, and serve killed three times', {
  timeout: 120_000,
}, async () => {
  const random = seeded(20_261_123);
  const { url: webhookUrl, deliveries } = await collect();
  emulator = await startEmulator({
    port: 0,
    keys: { [keys.apiKey]: keys.apiSecret },
    webhook: { urls: [webhookUrl], apiKey: keys.apiKey },
  });
  const sdk = new RoomServiceClient(emulator.url, keys.apiKey, keys.apiSecret);
  const place = await makePlace({ PATH: '/nonexistent' });
  const path = await configureExternal(place, emulator.url);
  serving = await serve(place);
  const { url } = serving;
  for (const name of rooms) expect(await createRoom(url, name)).toBe(201);

  await meet(emulator.url, sdk, random);
  // One join each, one departure of each who is not there any more, and what the rooms tell.
  const there = await listed(sdk);
  const joins = () => deliveries.filter(({ body }) => body.includes('"participant_joined"')).length;
  const lefts = () => deliveries.filter(({ body }) => body.includes('"participant_left"')).length;
  await until('every event', () => joins() > people && joins() - lefts() === there.length, 15_000);
  expect(there.length).toBeGreaterThan(100);

  const kept = deliveries.filter(() => random() >= 0.1);
  const doubled = kept.filter(() => random() < 0.1);
  const queue = [...kept, ...doubled]
    .map((delivery) => ({ delivery, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ delivery }) => delivery);

  /** Ids of events whose change serve says it has kept. */
  const promised: string[] = [];
  const send = async ({ body, authorization }: Delivery) => {
    const headers = { authorization, 'content-type': 'application/webhook+json' };
    const response = await fetch(`${url}/api/livekit/webhook`, { method: 'POST', body, headers });
    const { status } = (await response.json()) as { status: string };
    expect(['applied', 'known', 'ignored']).toContain(status);
    if (status === 'applied') promised.push((JSON.parse(body) as { id: string }).id);
  };
  const healings: Record<string, unknown>[] = [];
  const part = Math.ceil(queue.length / 3);
  for (let kill = 0; kill < 3; kill += 1) {
    const some = queue.slice(kill * part, (kill + 1) * part);
    let sent = 0;
    await concurrently(some, 8, async (delivery) => {
      sent += 1;
      // The last few of each part meet a dying server, and are lost for good.
      if (sent === some.length - 6) serving?.kill('SIGKILL');
      await send(delivery).catch((error: unknown) => {
        if (!(error instanceof TypeError)) throw error;
      });
    });
    expect(await serving.ended).toBe('SIGKILL');
    if (kill < 2) {
      serving = await serve(place);
      healings.push(await until('the comparison', () => comparison(serving), 15_000));
    }
  }

  // What was answered 2xx is there, although the process was killed each time.
  const dead = await openStore({ type: 'sqlite', path });
  expect(promised.length).toBeGreaterThan(people);
  expect(await dead.webhookEvents.note(promised.map((id) => ({ id, event: 'again' })))).toEqual(new Set());
  await dead.close();

  serving = await serve(place);
  healings.push(await until('the comparison', () => comparison(serving), 15_000));
  const store = await openStore({ type: 'sqlite', path });
  const ids = await Promise.all(rooms.map(async (name) => (await store.rooms.byName(name))?.id ?? ''));
  const rows = (await Promise.all(ids.map((id) => store.sessions.ofRoom(id, 10_000)))).flat();
  await store.close();
  const open = rows.filter(({ leftAt }) => leftAt === null).map(({ sid, identity }) => `${sid} ${identity}`);
  expect(open.toSorted()).toEqual((await listed(sdk)).toSorted());
  // The comparisons had something to do.
  const sum = (kind: string) => healings.reduce((total, healing) => total + Number(healing[kind]), 0);
  expect(sum('joined')).toBeGreaterThan(0);
  expect(sum('left')).toBeGreaterThan(0);
});

/** What the comparison at the start of `from` put right. */
function comparison(from: Serving | undefined): Record<string, unknown> | undefined {
  return from?.log().find(({ msg, reason }) => msg === 'state reconciled' && reason === 'start');
}

async function createRoom(url: string, name: string): Promise<number> {
  const response = await fetch(`${url}/api/room/create`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await accessToken('ana', { accesses: ['superadmin'] })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name, isPublic: true, maxParticipants: 100 }),
  });
  return response.status;
}
