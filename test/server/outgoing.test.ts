import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressRule } from '../../src/server/outgoing/addresses.ts';
import { type DeliverOptions, startDeliveries } from '../../src/server/outgoing/index.ts';
import { post } from '../../src/server/outgoing/post.ts';
import { until } from '../helpers/poll.ts';
import { bearer, makeServer, type TestServer } from './helpers.ts';

const patience = 20_000;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Takes deliveries, and answers as it is told. */
async function receive(answer: (attempt: number) => number | undefined = () => 200) {
  const taken: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    taken.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const status = answer(taken.length);
    if (status === undefined) request.socket.destroy();
    else response.writeHead(status, { location: 'http://127.0.0.1:9/' }).end('x'.repeat(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken };
}

describe('deliveries go', () => {
  const everywhere = addressRule(undefined);
  test.each(['8.8.8.8', '203.0.113.7', '2606:4700::1111'])('to %s', (address) => {
    expect(everywhere(address)).toBe(true);
  });
  test.each([
    ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '0.1.2.3', '10.1.2.3', '172.16.0.1', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '198.18.0.1', '192.0.0.8', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:1::'],
  ])('not to %s', (address) => {
    expect(everywhere(address)).toBe(false);
  });
  test('to networks that the operator names, and no others near by', () => {
    const rule = addressRule('10.1.0.0/16, 127.0.0.1 fd00::/8,nonsense,10.9.0.0/99');
    for (const address of ['10.1.2.3', '127.0.0.1', 'fd12::1', '8.8.8.8']) expect(rule(address)).toBe(true);
    for (const address of ['10.2.0.1', '127.0.0.2', '10.9.0.1', '::1']) expect(rule(address)).toBe(false);
  });
});

describe('a delivery', () => {
  const delivery = (url: string) => ({
    id: 'd1',
    url,
    secret: 's3cret',
    event: 'ping',
    body: '{"event":"ping","timestamp":"2026-03-01T10:00:00Z","data":{}}',
  });
  const local = addressRule('127.0.0.0/8');

  test('is signed as the Bedrud server signs', async () => {
    const { url, taken } = await receive();
    expect(await post(delivery(url), local)).toMatchObject({ status: 200, error: null });
    const [{ headers = {}, body = '' } = {}] = taken;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-bedrud-event': 'ping',
      'x-bedrud-timestamp': '2026-03-01T10:00:00Z',
      'x-bedrud-delivery': 'd1',
      'x-bedrud-signature': `sha256=${createHmac('sha256', 's3cret').update(body).digest('hex')}`,
    });
  });

  test.each([
    [301, false],
    [400, false],
    [410, true],
    [500, false],
  ])('answered %i is not taken', async (status, final) => {
    const { url, taken } = await receive(() => status);
    expect(await post(delivery(url), local)).toMatchObject({ status, error: `answered ${status}`, final });
    // Nobody is followed anywhere.
    expect(taken).toHaveLength(1);
  });

  test.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://[::1]:9/',
    'http://2130706433/',
    'http://0x7f.1/',
  ])('to %s is refused, by its address', async (url) => {
    const done = await post(delivery(url), addressRule(undefined));
    expect(done).toMatchObject({ status: null, final: true });
    expect(done.error).toContain('is not a public address');
  });

  test('that nobody takes says why', async () => {
    expect(await post(delivery('http://127.0.0.1:9/'), local)).toMatchObject({
      status: null,
      error: expect.stringContaining('ECONNREFUSED'),
      final: false,
    });
  });
});

describe('subscriptions', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await makeServer();
    ends.push(() => server.close());
  });
  const admin = { accesses: ['user', 'superadmin'] };
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path = '',
    payload?: object,
    claims: object = admin,
  ) => {
    const response = await server.app.inject({
      method,
      url: `/api/admin/webhooks${path}`,
      headers: await bearer('root', { ...claims }),
      ...(payload ? { payload } : {}),
    });
    return { code: response.statusCode, ...response.json() };
  };
  const deliver = (over: Partial<DeliverOptions> = {}) => {
    const { store, log, metrics, deliverable } = server.context;
    const deliveries = startDeliveries({
      store,
      log,
      metrics,
      allows: deliverable,
      intervalMs: 10,
      pauses: [10, 10],
      ...over,
    });
    ends.push(() => deliveries.close());
    return deliveries;
  };
  const subscribe = async (url: string) => {
    const made = await ask('POST', '', { name: 'mine', url, events: ['recording.failed'] });
    expect(made.code).toBe(201);
    return made;
  };
  const fail = async () => {
    const { recordings } = server.context.store;
    const { id } = await recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
    await recordings.step(id, 'egressFailed', { error: 'no space' });
  };
  const counts = () => server.context.metrics.outgoing.counts;
  const log = async (id: string) => (await ask('GET', `/${id}/deliveries`)).deliveries;

  test('whose receiver does not answer hold up no other', async () => {
    let asked = 0;
    const silent = createServer(() => {
      asked += 1;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    ends.push(
      () => silent.close(),
      () => silent.closeAllConnections(),
    );
    await subscribe(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    for (let n = 0; n < 50; n += 1) await fail();
    deliver();
    await until('the silent one is asked', () => asked > 0, patience);
    const good = await receive();
    await subscribe(good.url);
    await fail();
    await until('the other one is told', () => good.taken.length === 1, patience);
    // Had it waited for its turn, the first would all have been given up on.
    expect(asked).toBeLessThan(40);
  });

  test('are made, changed and ended; their secret is shown once', async () => {
    const made = await subscribe('https://example.com/hook');
    expect(made.secret).toMatch(/^[0-9a-f]{32}$/);
    const masked = `••••${made.secret.slice(-4)}`;
    expect(await ask('GET')).toMatchObject({
      total: 1,
      webhooks: [{ id: made.id, secret: masked, isActive: true }],
    });
    expect(await ask('PUT', `/${made.id}`, { isActive: false, events: ['ping'] })).toMatchObject({
      isActive: false,
      events: ['ping'],
      secret: masked,
    });
    const { secret } = await ask('POST', `/${made.id}/rotate-secret`);
    expect(secret).toMatch(/^[0-9a-f]{32}$/);
    expect(secret).not.toBe(made.secret);
    expect(await ask('DELETE', `/${made.id}`)).toMatchObject({ status: 'deleted' });
    for (const [method, path] of [
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/test'],
    ] as const) {
      expect(await ask(method, `/${made.id}${path}`)).toMatchObject({ code: 'webhook/no-subscription' });
    }
  });

  test.each([
    [{ name: 'x', url: 'ftp://example.com', events: ['ping'] }],
    [{ name: 'x', url: 'https://user:pass@example.com', events: ['ping'] }],
    [{ name: 'x', url: 'https://', events: ['ping'] }],
    [{ name: 'x', url: 'https://example.com', events: ['nothing'] }],
    [{ name: 'x', url: 'https://example.com', events: [] }],
    [{ url: 'https://example.com', events: ['ping'] }],
  ])('%j is refused', async (payload) => {
    expect(await ask('POST', '', payload)).toMatchObject({ code: 'api/invalid' });
  });

  test('are for superadmins', async () => {
    for (const accesses of [['user'], ['admin'], ['moderator']]) {
      expect(await ask('GET', '', undefined, { accesses })).toMatchObject({ code: 'api/forbidden' });
      expect(
        await ask('POST', '', { name: 'x', url: 'https://example.com', events: ['ping'] }, { accesses }),
      ).toMatchObject({ code: 'api/forbidden' });
    }
  });

  test('are told of what happens, once', async () => {
    const { url, taken } = await receive();
    const { id, secret } = await subscribe(url);
    deliver();
    await fail();
    await until('the delivery', async () => (await log(id))[0]?.state === 'delivered', patience);
    expect(taken).toHaveLength(1);
    const [{ body = '', headers = {} } = {}] = taken;
    expect(JSON.parse(body)).toMatchObject({
      event: 'recording.failed',
      data: { roomName: 'standup', error: 'no space' },
    });
    expect(headers['x-bedrud-signature']).toBe(
      `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    );
    expect((await ask('GET')).webhooks[0].lastSeen).toBeDefined();
    expect(counts()).toEqual({ delivered: 1, retried: 0, given_up: 0 });
  });

  test('are told again until they take it', async () => {
    const { url, taken } = await receive((attempt) =>
      attempt === 1 ? undefined : attempt === 2 ? 503 : 204,
    );
    const { id } = await subscribe(url);
    deliver();
    await fail();
    await until('the delivery', async () => (await log(id))[0]?.state === 'delivered', patience);
    expect(taken).toHaveLength(3);
    expect(new Set(taken.map(({ body }) => body)).size).toBe(1);
    expect(await log(id)).toMatchObject([{ attempts: 3, httpStatus: 204 }]);
    expect(counts()).toEqual({ delivered: 1, retried: 2, given_up: 0 });
  });

  test('are given up on after so many tries, or when they say that they are gone', async () => {
    const busy = await receive(() => 500);
    const gone = await receive(() => 410);
    const [one, two] = [await subscribe(busy.url), await subscribe(gone.url)];
    deliver();
    await fail();
    await until('the end of one', async () => (await log(one.id))[0]?.state === 'failed', patience);
    await until('the end of the other', async () => (await log(two.id))[0]?.state === 'failed', patience);
    expect([busy.taken.length, gone.taken.length]).toEqual([3, 1]);
    expect(counts()).toEqual({ delivered: 0, retried: 2, given_up: 2 });
    expect(server.logged()).toContain('webhook not delivered');
  });

  test('are told by one of two replicas', async () => {
    const { url, taken } = await receive();
    const { id } = await subscribe(url);
    deliver();
    deliver();
    for (let n = 0; n < 5; n += 1) await fail();
    await until(
      'all of them',
      async () => (await log(id)).every(({ state }: { state: string }) => state === 'delivered'),
      patience,
    );
    expect(taken).toHaveLength(5);
  });

  test('can be tried', async () => {
    const { url, taken } = await receive((attempt) => (attempt === 1 ? 200 : 500));
    const { id } = await subscribe(url);
    expect(await ask('POST', `/${id}/test`)).toMatchObject({ status: 'success', httpStatus: 200 });
    expect(await ask('POST', `/${id}/test`)).toMatchObject({ status: 'non_2xx', httpStatus: 500 });
    await ask('PUT', `/${id}`, { url: 'http://127.0.0.1:9/' });
    expect(await ask('POST', `/${id}/test`)).toMatchObject({
      status: 'delivery_failed',
      error: expect.any(String),
    });
    expect(JSON.parse(taken[0]?.body ?? '')).toMatchObject({ event: 'ping', data: {} });
  });
});
