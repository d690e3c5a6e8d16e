import { afterEach, describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { Histogram } from '../../src/server/metrics/instruments.ts';
import { bearer, makeServer, type TestServer } from './helpers.ts';
import { deliver, event } from './webhook-delivery.ts';

let server: TestServer;
afterEach(() => server?.close());

const scrape = async (headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') => {
  const response = await server.app.inject({ url: '/metrics', headers, remoteAddress });
  return { status: response.statusCode, text: response.body, type: response.headers['content-type'] };
};
/** The value of one line of the exposition. */
const value = (text: string, series: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe('/metrics', () => {
  test('tells what was counted, in Prometheus’ format', async () => {
    server = await makeServer();
    const headers = await bearer('ana');
    const post = (url: string, payload: object) =>
      server.app.inject({ method: 'POST', url, headers, payload });
    await post('/api/room/create', { name: 'standup', isPublic: true, maxParticipants: 1 });
    await post('/api/room/join', { roomName: 'standup' });
    await post('/api/room/join', { roomName: 'nowhere' });
    await server.app.inject({ method: 'POST', url: '/api/room/join', payload: {} });
    await server.app.inject({ url: '/no/such/path' });
    await deliver(server, event('participant_joined'));
    await deliver(server, event('a_kind_of_the_future'));
    await deliver(server, {}, { authorization: 'guess' });

    const { status, text, type } = await scrape();
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain('# TYPE bedrud_http_request_duration_seconds histogram\n');
    const join = 'route="/api/room/join",method="POST",status="200"';
    expect(value(text, `bedrud_http_request_duration_seconds_count{${join}}`)).toBe('1');
    expect(value(text, `bedrud_http_request_duration_seconds_bucket{${join},le="+Inf"}`)).toBe('1');
    const none = 'route="none",method="GET",status="404"';
    expect(value(text, `bedrud_http_request_duration_seconds_count{${none}}`)).toBe('1');
    const joins = (outcome: string) => value(text, `bedrud_joins_total{outcome="${outcome}"}`);
    expect(['admitted', 'room/not-found', 'api/unauthenticated'].map(joins)).toEqual(['1', '1', '1']);
    const webhooks = (outcome: string) => value(text, `bedrud_webhooks_total{outcome="${outcome}"}`);
    expect(['applied', 'ignored', 'unauthenticated', 'failed'].map(webhooks)).toEqual(['1', '1', '1', '0']);
    expect(value(text, 'bedrud_webhook_events_total{event="participant_joined"}')).toBe('1');
    expect(value(text, 'bedrud_webhook_events_total{event="other"}')).toBe('1');
    // What has not happened yet is told too, so that an alert sees the first time.
    expect(value(text, 'bedrud_jobs_total{kind="process_recording",outcome="failed"}')).toBe('0');
    expect(value(text, 'bedrud_outgoing_webhooks_total{outcome="given_up"}')).toBe('0');
    for (const [name, wanted] of Object.entries({
      participants: 1,
      rooms: 1,
      ready: 1,
      sfu_up: 1,
      draining: 0,
    }))
      expect(value(text, `bedrud_${name}`)).toBe(String(wanted));
    expect(value(text, 'bedrud_sfu_state{state="ready"}')).toBe('1');
    expect(Number(value(text, 'process_resident_memory_bytes'))).toBeGreaterThan(0);
    // Each is told of again, and once.
    expect((await scrape()).text.match(/^# TYPE bedrud_joins_total/gm)).toHaveLength(1);
  });

  test('goes on without the database', async () => {
    server = await makeServer();
    const { store } = server.context;
    const lost = async () => {
      throw failure('store/lost', {});
    };
    Object.assign(store, { ping: lost });
    store.sessions.totals = lost;
    const { text } = await scrape();
    expect(value(text, 'bedrud_database_up')).toBe('0');
    expect(value(text, 'bedrud_ready')).toBe('0');
    expect(text).not.toMatch(/^bedrud_participants /m);
    expect(text).toMatch(/^bedrud_sfu_up 1$/m);
  });

  test.each([
    ['from another host', {}, '192.0.2.1', 404],
    ['through a proxy on this host', { 'x-forwarded-for': '192.0.2.1' }, '127.0.0.1', 404],
    ['through another', { forwarded: 'for=192.0.2.1' }, '127.0.0.1', 404],
    ['from this host, over IPv6', {}, '::1', 200],
    ['from this host, by an IPv6 socket', {}, '::ffff:127.0.0.1', 200],
  ])('without a token: %s', async (_, headers, remoteAddress, status) => {
    server = await makeServer({ flags: { 'server.behindProxy': true } });
    expect(await scrape(headers, remoteAddress)).toMatchObject({ status });
  });

  test.each([
    ['none, from this host', {}, '127.0.0.1', 401],
    ['another', { authorization: 'Bearer metrics-tokem' }, '192.0.2.1', 401],
    ['part of it', { authorization: 'Bearer metrics' }, '192.0.2.1', 401],
    ['a user’s', 'user', '192.0.2.1', 401],
    ['the one', { authorization: 'Bearer metrics-token' }, '192.0.2.1', 200],
  ] as const)('with a token, and given %s', async (_, given, remoteAddress, status) => {
    server = await makeServer({ flags: { 'server.metricsToken': 'metrics-token' } });
    const headers = given === 'user' ? await bearer('ana', { accesses: ['superadmin'] }) : given;
    expect(await scrape(headers, remoteAddress)).toMatchObject({ status });
  });
});

test('a histogram counts each length in every bucket that is as long', () => {
  const lengths = new Histogram({ name: 'x', help: '', labels: ['kind'] });
  for (const seconds of [0.0005, 0.001, 0.2, 60]) lengths.observe(seconds, 'a');
  lengths.observe(1, 'b');
  const samples = lengths.samples().filter(({ labels }) => labels['kind'] === 'a');
  const of = (le: number | string) => samples.find(({ labels }) => labels['le'] === le)?.value;
  expect([0.001, 0.1, 0.25, 10, '+Inf'].map(of)).toEqual([2, 2, 3, 3, 4]);
  expect(samples.find(({ part }) => part === 'count')?.value).toBe(4);
  expect(samples.find(({ part }) => part === 'sum')?.value).toBeCloseTo(60.2015);
});
