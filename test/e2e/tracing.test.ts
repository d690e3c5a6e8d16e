/** The built program with a collector, from its start to the last spans. */
import { afterEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { type Collector, type Reply, startCollector } from '../helpers/collector.ts';
import { configureExternal } from '../helpers/external.ts';
import { makePlace, type Serving, serve } from '../helpers/serve.ts';
import { bearer, keys } from '../server/helpers.ts';

let serving: Serving | undefined;
let emulator: Emulator | undefined;
let collector: Collector | undefined;
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
  await emulator?.close();
  await collector?.close();
});

/** Serves, with one request and what `env` says, until SIGTERM. @returns the log */
async function served(reply: Reply | undefined, env: Record<string, string> = {}) {
  collector = await startCollector(reply);
  emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
  const place = await makePlace({
    PATH: '/nonexistent',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  await configureExternal(place, emulator.url);
  serving = await serve(place);
  const response = await fetch(`${serving.url}/api/room/list`, { headers: await bearer('ana') });
  expect(response.status).toBe(200);
  serving.kill('SIGTERM');
  expect(await serving.ended).toBe(143);
  return { log: serving.log(), collector };
}

test('the last spans are sent before it ends', { timeout: 60_000 }, async () => {
  const { log, collector } = await served(undefined);
  const request = collector.spans.find(({ name }) => name === 'GET /api/room/list');
  const statements = collector.spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
  expect(statements.map(({ attributes }) => attributes['db.system.name'])).toContain('sqlite');
  expect(log).toContainEqual(
    expect.objectContaining({ msg: 'request', path: '/api/room/list', trace_id: request?.traceId }),
  );
});

test('a collector that hangs does not keep it from ending', { timeout: 60_000 }, async () => {
  // For ten minutes, if it were up to the exporter.
  const { log, collector } = await served(() => {}, { OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
  expect(collector.requests).toHaveLength(1);
  expect(log.map(({ msg }) => msg)).toContain('the last traces have not arrived at the collector');
});

test('it serves without traces where they cannot be sent as asked, and says so', {
  timeout: 60_000,
}, async () => {
  const { log, collector } = await served(undefined, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  expect(collector.requests).toEqual([]);
  expect(log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'no traces are sent',
      problem: expect.stringContaining('not grpc'),
    }),
  );
});
