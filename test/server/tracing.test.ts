/** Traces as a collector gets them, and what becomes of them where it is not as it should be. */
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { version } from '../../src/core/version.ts';
import { buildApp } from '../../src/server/app.ts';
import { startTracing } from '../../src/server/tracing/index.ts';
import { type TracesWanted, tracesWanted } from '../../src/server/tracing/wanted.ts';
import { roomService } from '../../src/sfu/rooms.ts';
import { type DatabaseLocation, openStore } from '../../src/store/index.ts';
import { type CollectedSpan, type Reply, refuse, startCollector } from '../helpers/collector.ts';
import { onEachDatabase } from '../helpers/databases.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { bearer, makeContext } from './helpers.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
  vi.unstubAllEnvs();
});

async function collector(reply?: Reply) {
  const started = await startCollector(reply);
  undo.push(() => started.close());
  return started;
}

interface Over {
  /** Of LiveKit; that of one which agrees to everything when there is none. */
  url?: string;
  flags?: Record<string, unknown>;
  database?: DatabaseLocation;
}

const inMemory: DatabaseLocation = { type: 'sqlite', path: ':memory:' };

/** A server that is traced as `env` says, and a LiveKit. */
async function traced(env: Record<string, string>, { url, flags = {}, database = inMemory }: Over = {}) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { protocol } = tracesWanted(process.env) as Extract<TracesWanted, { protocol: string }>;
  const sfu = url ?? (await livekit(agrees)).url;
  const { context, logged } = await makeContext({ url: sfu, flags });
  await context.store.close();
  const tracing = startTracing({ protocol, database, log: context.log });
  const store = await openStore(database, (statement) => tracing.query(statement));
  const { connection } = context.sfu;
  const app = await buildApp({
    ...{ ...context, tracing, store },
    sfu: { ...context.sfu, control: async () => roomService(connection) },
  });
  undo.push(
    () => store.close(),
    () => tracing.close(AbortSignal.abort()),
    () => app.close(),
  );
  return { app, store, tracing, logged };
}

/** A LiveKit that answers every call so, and what its calls came with. */
async function livekit(reply: Reply) {
  const calls: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    calls.push(headers);
    reply(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}
const agrees: Reply = (response) => response.end('{}');

type Traced = Awaited<ReturnType<typeof traced>>;

async function createRoom({ app }: Traced, name = 'standup'): Promise<string> {
  const headers = await bearer('ana');
  const created = await app.inject({
    method: 'POST',
    url: '/api/room/create',
    headers,
    payload: { name },
  });
  return created.json().id;
}

/** Ana puts ben out of a room of hers: a request with statements and a call to LiveKit. */
async function kick(server: Traced, room: string, headers: Record<string, string> = {}) {
  const url = `/api/room/${room}/kick/ben?token=hidden`;
  return server.app.inject({ method: 'POST', url, headers: { ...headers, ...(await bearer('ana')) } });
}

const removal = 'POST /twirp/livekit.RoomService/RemoveParticipant';
const kicking = 'POST /api/room/:roomId/kick/:identity';
const named = (spans: CollectedSpan[], name: string) => spans.find((span) => span.name === name);
const below = (spans: CollectedSpan[], parent: CollectedSpan | undefined) =>
  spans.filter(({ parentSpanId, traceId }) => parentSpanId === parent?.spanId && traceId === parent.traceId);

/** As of https://www.w3.org/TR/trace-context/. */
const ofCaller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = (flags: string) => `00-${ofCaller.traceId}-${ofCaller.spanId}-${flags}`;

describe.each([
  ['in protobuf, where nothing else is asked for', {}, 'application/x-protobuf'],
  ['in JSON', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'application/json'],
])('traces %s', (_, protocol, type) => {
  test('tell of a request, its statements and its calls to LiveKit', async () => {
    const to = await collector();
    const server = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${to.url}/otlp/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=s%20ecret, x-other=1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
      ...protocol,
    });
    await kick(server, await createRoom(server));
    await server.tracing.close();

    const headers = {
      'content-type': type,
      'content-encoding': 'gzip',
      'x-api-key': 's ecret',
      'x-other': '1',
    };
    expect(to.requests).toMatchObject([{ path: '/otlp/v1/traces', headers }]);
    expect(to.resource).toMatchObject({
      'service.name': 'bedrud',
      'service.version': version,
      'service.instance.id': expect.any(String),
      'deployment.environment.name': 'staging',
    });
    expect(named(to.spans, 'POST /api/room/create')).toMatchObject({
      ...{ kind: 2, parentSpanId: '', failed: false },
      attributes: { 'http.response.status_code': 201 },
    });
    const request = named(to.spans, kicking);
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/room/:roomId/kick/:identity',
      'http.response.status_code': 200,
      'url.path': expect.stringMatching(/^\/api\/room\/[\w-]+\/kick\/ben$/),
      'url.scheme': 'http',
      'client.address': '127.0.0.1',
      'bedrud.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const parts = below(to.spans, request);
    expect(parts.every(({ kind, failed }) => kind === 3 && !failed)).toBe(true);
    expect(named(parts, removal)?.attributes).toMatchObject({
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.full': expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/twirp\/livekit\.RoomService\/RemoveParticipant$/,
      ),
    });
    expect(named(parts, 'select rooms')?.attributes).toMatchObject({
      'db.system.name': 'sqlite',
      'db.query.text': expect.stringMatching(/^select .* from "rooms" where .* (\?|\$1)/),
    });
    for (const { start, end } of to.spans) expect(end).toBeGreaterThanOrEqual(start);
    // Neither tokens nor what was asked for.
    for (const { attributes } of to.spans)
      expect(JSON.stringify(attributes)).not.toMatch(/eyJ|hidden|standup/);
  });
});

test('the name of the service is the operator’s to choose', async () => {
  const to = await collector();
  const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_SERVICE_NAME: 'meetings' });
  await createRoom(server);
  await server.tracing.close();
  expect(to.resource['service.name']).toBe('meetings');
});

describe('a request that belongs to a trace', () => {
  /** What becomes of a request with these headers, and of the call to LiveKit that it makes. */
  async function passedOn(headers: Record<string, string>, over: Over = {}) {
    const to = await collector();
    const sfu = await livekit(agrees);
    const flags = { 'server.trustedProxies': ['127.0.0.1'] };
    const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url }, { url: sfu.url, flags, ...over });
    const room = await createRoom(server);
    expect((await kick(server, room, headers)).statusCode).toBe(200);
    await server.tracing.close();
    return { request: named(to.spans, kicking), spans: to.spans, call: sfu.calls[0] };
  }

  test('goes on with it, and LiveKit too', async () => {
    const { request, spans, call } = await passedOn({
      traceparent: traceparent('01'),
      tracestate: 'a=1,b=2',
    });
    expect(request).toMatchObject({
      traceId: ofCaller.traceId,
      parentSpanId: ofCaller.spanId,
      traceState: 'a=1,b=2',
    });
    const { spanId } = named(below(spans, request), removal) ?? {};
    expect(call).toMatchObject({ traceparent: `00-${ofCaller.traceId}-${spanId}-01`, tracestate: 'a=1,b=2' });
  });

  test('has the client’s address from the header that the proxy sets', async () => {
    const flags = { 'server.trustedProxies': ['127.0.0.1'], 'server.proxyHeader': 'CF-Connecting-IP' };
    const headers = { 'cf-connecting-ip': '203.0.113.8', 'x-forwarded-for': '6.6.6.6' };
    const { request } = await passedOn(headers, { flags });
    expect(request?.attributes['client.address']).toBe('203.0.113.8');
  });

  test('is not recorded where the caller’s is not, and neither is what LiveKit does', async () => {
    const { request, call } = await passedOn({ traceparent: traceparent('00') });
    expect(request).toBeUndefined();
    expect(call?.['traceparent']).toMatch(new RegExp(`^00-${ofCaller.traceId}-[0-9a-f]{16}-00$`));
  });

  test.each([
    ['who is no trusted proxy', { 'server.trustedProxies': ['10.0.0.0/8'] }],
    ['who may be anyone', {}],
  ])('begins one of its own when it comes from one %s', async (_, flags) => {
    const { request, call } = await passedOn(
      { traceparent: traceparent('01'), tracestate: 'a=1' },
      { flags },
    );
    expect(request).toMatchObject({ parentSpanId: '', traceState: '' });
    expect(request?.traceId).not.toBe(ofCaller.traceId);
    expect(call?.['traceparent']).toContain(request?.traceId);
  });

  test.each([
    'nonsense',
    `00-${'0'.repeat(32)}-${ofCaller.spanId}-01`,
    `00-${ofCaller.traceId}-${'0'.repeat(16)}-01`,
    `ff-${ofCaller.traceId}-${ofCaller.spanId}-01`,
    `00-${ofCaller.traceId.toUpperCase()}-${ofCaller.spanId}-01`,
    `00-${ofCaller.traceId}-${ofCaller.spanId}-01-more`,
    `${traceparent('01')}, ${traceparent('01')}`,
  ])('begins one of its own when the trace is not told well: %s', async (malformed) => {
    const { request } = await passedOn({ traceparent: malformed });
    expect(request?.parentSpanId).toBe('');
    expect(request?.traceId).toMatch(/^(?!4bf92f35)[0-9a-f]{32}$/);
  });
});

describe('of all traces', () => {
  test.each([
    ['none', { OTEL_TRACES_SAMPLER: 'always_off' }],
    ['none', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }],
    ['all', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }],
    ['all', { OTEL_TRACES_SAMPLER: 'made_up' }],
  ])('%s are sent with %o', async (which, sampler) => {
    const to = await collector();
    const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url, ...sampler });
    await createRoom(server);
    await server.tracing.close();
    expect(to.spans.length > 0).toBe(which === 'all');
    expect(server.logged().includes('OTEL_TRACES_SAMPLER value')).toBe(
      sampler.OTEL_TRACES_SAMPLER === 'made_up',
    );
  });

  test('those of health checks and scrapes are not', async () => {
    const to = await collector();
    const { app, tracing } = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url });
    for (const path of ['/healthz', '/readyz', '/metrics', '/nowhere']) await app.inject(path);
    await tracing.close();
    expect(to.spans.filter(({ kind }) => kind === 2)).toMatchObject([
      { name: 'GET', attributes: { 'url.path': '/nowhere', 'http.response.status_code': 404 } },
    ]);
  });
});

test('the log says which trace a line belongs to', async () => {
  const to = await collector();
  const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url });
  await kick(server, await createRoom(server));
  await server.tracing.close();
  const lines = server
    .logged()
    .split('\n')
    .filter((line) => /participant kicked|kick\/ben/.test(line));
  const { traceId } = named(to.spans, kicking) ?? {};
  expect(lines.map((line) => JSON.parse(line).trace_id)).toEqual([traceId, traceId]);
});

describe('what fails is marked', () => {
  test('where LiveKit refuses', async () => {
    const to = await collector();
    const { url } = await livekit(refuse(500));
    const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url }, { url });
    const { statusCode } = await kick(server, await createRoom(server));
    await server.tracing.close();
    expect(statusCode).toBeGreaterThanOrEqual(500);
    const request = named(to.spans, kicking);
    expect(request).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'server/sfu-failed' },
    });
    expect(named(below(to.spans, request), removal)).toMatchObject({
      ...{ failed: true, attributes: { 'error.type': '500', 'http.response.status_code': 500 } },
    });
  });

  test('where LiveKit is away', async () => {
    const to = await collector();
    const url = `http://127.0.0.1:${await freePort()}`;
    const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url }, { url });
    await kick(server, await createRoom(server));
    await server.tracing.close();
    expect(named(to.spans, removal)).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'ECONNREFUSED' },
    });
    expect(named(to.spans, kicking)).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'server/sfu-unreachable' },
    });
  });

  test('where the client has left', async () => {
    const to = await collector();
    const sfu = await livekit(() => {});
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_BSP_SCHEDULE_DELAY: '20' };
    const server = await traced(env, { url: sfu.url });
    const room = await createRoom(server);
    const base = await server.app.listen({ port: 0, host: '127.0.0.1' });
    const client = send(`${base}/api/room/${room}/kick/ben`, {
      method: 'POST',
      headers: await bearer('ana'),
    });
    client.on('error', () => {}).end();
    await until('LiveKit is asked', () => sfu.calls.length > 0);
    client.destroy();
    const request = await until('the request is over', () => named(to.spans, kicking));
    expect(request).toMatchObject({ failed: true, attributes: { 'error.type': 'aborted' } });
    expect(request.attributes['http.response.status_code']).toBeUndefined();
  });
});

describe('statements', () => {
  const ofKind = {
    sqlite: { system: 'sqlite', server: undefined, violation: 'SQLITE_CONSTRAINT_UNIQUE' },
    postgres: { system: 'postgresql', server: expect.any(String), violation: '23505' },
  };
  onEachDatabase((empty, kind) => {
    test('belong to the request that made them, and say what they failed with', async () => {
      const to = await collector();
      const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url }, { database: await empty() });
      await createRoom(server);
      await createRoom(server);
      await server.tracing.close();

      const [first, second] = to.spans.filter(({ name }) => name === 'POST /api/room/create');
      const { system, server: address, violation } = ofKind[kind];
      const inserted = [first, second].map((request) => named(below(to.spans, request), 'insert rooms'));
      expect(inserted).toMatchObject([
        { failed: false, attributes: { 'db.system.name': system } },
        { failed: true, attributes: { 'db.system.name': system, 'error.type': violation } },
      ]);
      expect(inserted[0]?.attributes['server.address']).toEqual(address);
      expect(first?.attributes['http.response.status_code']).toBe(201);
      expect(second).toMatchObject({ failed: false, attributes: { 'http.response.status_code': 409 } });
    });
  });
});

describe('a collector that', () => {
  const often = { OTEL_BSP_SCHEDULE_DELAY: '10' };

  test.each([
    ['refuses', 401, 'it answers 401'],
    ['is broken', 500, 'it answers 500'],
  ])('%s is told of once, and again when it takes traces', async (_, status, problem) => {
    const to = await collector(refuse(status));
    const server = await traced({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${to.url}/v2`, ...often });
    for (const count of [1, 2, 3]) {
      await createRoom(server, `room-${count}`);
      await until('a delivery', () => to.requests.length >= count);
    }
    await until('it is told', () => server.logged().includes(problem));
    to.answer(refuse(200));
    await createRoom(server, 'room-4');
    await until('it is told', () => server.logged().includes('traces arrive at the collector'));
    expect(server.logged().match(/traces do not arrive/g)).toHaveLength(1);
    expect(to.requests[0]?.path).toBe('/v2');
  });

  test('is away holds up neither requests nor the end', async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const server = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: away, OTEL_EXPORTER_OTLP_TIMEOUT: '100' });
    expect(await createRoom(server)).toBeDefined();
    await server.tracing.close();
    expect(server.logged()).toContain('traces do not arrive at the collector');
  });

  test('hangs holds up the end for seconds only', async () => {
    const to = await collector(() => {});
    const server = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: to.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    });
    expect(await createRoom(server)).toBeDefined();
    await server.tracing.close();
    expect(to.requests).toHaveLength(1);
    expect(server.logged()).toContain('the last traces have not arrived');
  });

  test('hangs is not waited for at all in a hurry', async () => {
    const to = await collector(() => {});
    const server = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: to.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    });
    await createRoom(server);
    const hurry = new AbortController();
    const closed = server.tracing.close(hurry.signal);
    await until('it is asked', () => to.requests.length > 0);
    hurry.abort();
    await closed;
    expect(server.logged()).toContain('the last traces have not arrived');
  });

  test('is slow gets no more than fits into the queue', async () => {
    const waiting: Parameters<Reply>[0][] = [];
    const to = await collector((response) => waiting.push(response));
    const server = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: to.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_MAX_QUEUE_SIZE: '50',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    });
    for (let n = 0; n < 200; n += 1) await server.app.inject('/nowhere');
    to.answer(refuse(200));
    for (const response of waiting) response.writeHead(200).end();
    await until('the queue is empty', () => to.spans.length >= 60);
    await server.app.inject('/nowhere');
    await server.tracing.close();
    expect(to.spans).toHaveLength(61);
    expect(server.logged()).toContain('Dropped 140 spans');
  });
});

const collectorUrl = 'http://c:4318';
test.each([
  [{}, undefined],
  [{ OTEL_SERVICE_NAME: 'x' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, OTEL_SDK_DISABLED: 'TRUE' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, OTEL_TRACES_EXPORTER: 'none' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl }, { protocol: 'http/protobuf' }],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/x' }, { protocol: 'http/protobuf' }],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, { protocol: 'http/protobuf' }],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { protocol: 'http/json' }],
  [
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    },
    { protocol: 'http/json' },
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    {
      obstacle: expect.stringMatching(
        /^OTEL_EXPORTER_OTLP_PROTOCOL .*http\/protobuf or http\/json.*not grpc$/,
      ),
    },
  ],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, { obstacle: expect.stringMatching(/otlp or none, not zipkin/) }],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318' },
    { obstacle: expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT /) },
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'nowhere' },
    { obstacle: expect.stringMatching(/^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT /) },
  ],
])('%o asks for %o', (env, wanted) => {
  expect(tracesWanted(env)).toEqual(wanted);
});
