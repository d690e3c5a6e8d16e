/** Traces as a collector gets them: here one of a few lines, that takes OTLP over HTTP. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { buildApp } from '../../src/server/app.ts';
import { collectorOf, startTracing, type Tracing } from '../../src/server/tracing/index.ts';
import { roomService } from '../../src/sfu/rooms.ts';
import { openStore } from '../../src/store/index.ts';
import { bearer, keys, makeContext } from './helpers.ts';

interface Received {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
  status: { code?: number };
}

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
});

async function collector(status = 200) {
  const spans: Received[] = [];
  const requests: { path: string | undefined; headers: IncomingHttpHeaders; resource: object }[] = [];
  const server: Server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const [{ resource, scopeSpans }] = body.resourceSpans;
    requests.push({ path: request.url, headers: request.headers, resource });
    spans.push(...scopeSpans[0].spans);
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests };
}

/** A server that is traced, and a LiveKit that the emulator plays. */
async function traced(env: Record<string, string>) {
  const emulator: Emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
  undo.push(() => emulator.close());
  const { context, logged } = await makeContext({ url: emulator.url });
  await context.store.close();
  const options = { env, database: 'sqlite', sfu: emulator.url, log: context.log };
  const tracing: Tracing = startTracing(collectorOf(env) ?? '', options);
  const { connection } = context.sfu;
  const app = await buildApp({
    ...context,
    tracing,
    store: await openStore({ type: 'sqlite', path: ':memory:' }, (statement) => tracing.query(statement)),
    sfu: { ...context.sfu, control: async () => roomService(connection) },
  });
  undo.push(() => app.close());
  return { app, tracing, logged };
}

test('a request is traced with its statements and its calls to LiveKit', async () => {
  const { url, spans, requests } = await collector();
  const { app, tracing } = await traced({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/otlp/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=s%20ecret, x-other=1',
    OTEL_SERVICE_NAME: 'meetings',
  });
  const headers = await bearer('ana');
  const created = await app.inject({
    method: 'POST',
    url: '/api/room/create',
    headers,
    payload: { name: 'standup' },
  });
  const [traceId, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const kick = `/api/room/${created.json().id}/kick/ben`;
  await app.inject({
    method: 'POST',
    url: kick,
    headers: { ...headers, traceparent: `00-${traceId}-${parent}-01` },
  });
  await tracing.close();

  expect(requests).toMatchObject([
    { path: '/otlp/v1/traces', headers: { 'x-api-key': 's ecret', 'x-other': '1' } },
  ]);
  expect(requests[0]?.resource).toMatchObject({
    attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'meetings' } }]),
  });
  const create = spans.find(({ name }) => name === 'POST /api/room/create');
  expect(create).toMatchObject({ kind: 2, status: {} });
  expect(create?.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '201' } });
  const statements = spans.filter(({ parentSpanId }) => parentSpanId === create?.spanId);
  expect(statements.map(({ name }) => name)).toContain('insert');
  expect(statements.every((span) => span.traceId === create?.traceId && span.kind === 3)).toBe(true);

  const ofCaller = spans.filter((span) => span.traceId === traceId);
  const kicked = ofCaller.find(({ parentSpanId }) => parentSpanId === parent);
  expect(kicked).toMatchObject({ name: 'POST /api/room/:roomId/kick/:identity' });
  const call = ofCaller.find(({ name }) => name === 'POST /twirp/livekit.RoomService/RemoveParticipant');
  expect(call).toMatchObject({ kind: 3, parentSpanId: kicked?.spanId });
  for (const { startTimeUnixNano, endTimeUnixNano } of spans)
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
  // Neither tokens nor what was asked for.
  expect(JSON.stringify(spans)).not.toMatch(/eyJ|standup/);
});

test('a collector that refuses is told of once, and holds up nothing', async () => {
  const { url, requests } = await collector(503);
  const { app, tracing, logged } = await traced({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url });
  for (let n = 0; n < 600; n += 1) await app.inject('/healthz');
  await tracing.close();
  expect(requests.length).toBeGreaterThan(1);
  expect(logged().match(/traces do not arrive/g)).toHaveLength(1);
});

test.each([
  [{}, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, undefined],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/x' }, 'http://c/x'],
])('%o sends traces to %s', (env, url) => {
  expect(collectorOf(env)).toBe(url);
});
