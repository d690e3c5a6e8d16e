/**
 * Traces of requests, with the statements and the calls to LiveKit that each of them makes. Off unless OpenTelemetry's
 * own variables name a collector; then, and only then, this is loaded.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { version } from '../../core/version.ts';
import type { App } from '../context.ts';
import { type Span, startExporter } from './otlp.ts';

export interface Tracing {
  /** Traces every request from now on. */
  trace(app: App): void;
  /** A statement is over. */
  query(statement: { seconds: number; text: string; error?: unknown }): void;
  /** Sends what there is. */
  close(): Promise<void>;
}

export interface TracingOptions {
  env: Record<string, string | undefined>;
  /** `sqlite` or `postgresql`. */
  database: string;
  /** Where LiveKit is: calls to it are traced, and told which trace they belong to. */
  sfu: string;
  log: Pick<FastifyBaseLogger, 'warn'>;
}

/** Where the environment wants traces; undefined: nowhere. */
export function collectorOf(env: Record<string, string | undefined>): string | undefined {
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.replace(/\/+$/, '');
  return env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || (base ? `${base}/v1/traces` : undefined);
}

type Open = Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'> & { start: number };

/** The part of undici's messages that is looked at. */
interface UndiciRequest {
  origin: string;
  method: string;
  path: string;
  addHeader(name: string, value: string): void;
}

export function startTracing(url: string, { env, database, sfu, log }: TracingOptions): Tracing {
  let told = false;
  const exporter = startExporter({
    url,
    headers: pairs(env['OTEL_EXPORTER_OTLP_HEADERS']),
    resource: {
      'service.name': env['OTEL_SERVICE_NAME'] ?? 'bedrud',
      'service.version': version,
      ...pairs(env['OTEL_RESOURCE_ATTRIBUTES']),
    },
    failed(reason) {
      if (!told) log.warn({ problem: redact(reasonOf(reason)) }, 'traces do not arrive at the collector');
      told = true;
    },
  });
  const current = new AsyncLocalStorage<Open>();
  const stop = traceCalls(sfu, current, exporter.add);
  return {
    trace: (app) => traceRequests(app, current, exporter.add),
    query({ seconds, text, error }) {
      const parent = current.getStore();
      if (parent === undefined) return;
      const end = now();
      exporter.add({
        ...childOf(parent),
        name: text.trimStart().split(/\s/, 1)[0] ?? 'query',
        kind: 'client',
        start: end - seconds * 1000,
        end,
        // Values are parameters, and not in the text.
        attributes: { 'db.system.name': database, 'db.query.text': text },
        failed: error !== undefined,
      });
    },
    async close() {
      stop();
      await exporter.close();
    },
  };
}

function traceRequests(app: App, current: AsyncLocalStorage<Open>, add: (span: Span) => void): void {
  const open = new WeakMap<FastifyRequest, Open>();
  app.addHook('onRequest', (request, _reply, done) => {
    const span = { ...begin(request.headers['traceparent']), start: now() };
    open.set(request, span);
    current.run(span, done);
  });
  // Reading a body goes on in the connection's own context.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = open.get(request);
    if (span) current.run(span, done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = open.get(request);
    if (span) {
      const { url: route = 'none' } = request.routeOptions;
      add({
        ...span,
        name: `${request.method} ${route}`,
        kind: 'server',
        end: now(),
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': reply.statusCode,
          'bedrud.request_id': request.id,
        },
        failed: reply.statusCode >= 500,
      });
    }
    done();
  });
}

/** Calls to LiveKit, as undici tells of them. @returns how to stop */
function traceCalls(sfu: string, current: AsyncLocalStorage<Open>, add: (span: Span) => void): () => void {
  const { origin } = new URL(sfu);
  const open = new WeakMap<object, Open>();
  const created = (message: unknown) => {
    const { request } = message as { request: UndiciRequest };
    const parent = current.getStore();
    if (parent === undefined || request.origin !== origin) return;
    const span = { ...childOf(parent), start: now() };
    open.set(request, span);
    request.addHeader('traceparent', `00-${span.traceId}-${span.spanId}-01`);
  };
  const over = (failed: boolean) => (message: unknown) => {
    const { request } = message as { request: UndiciRequest };
    const span = open.get(request);
    if (span === undefined) return;
    open.delete(request);
    const path = request.path.replace(/\?.*/s, '');
    add({
      ...span,
      name: `${request.method} ${path}`,
      kind: 'client',
      end: now(),
      attributes: { 'http.request.method': request.method, 'url.full': `${origin}${path}` },
      failed,
    });
  };
  const channels = [
    ['undici:request:create', created],
    ['undici:request:trailers', over(false)],
    ['undici:request:error', over(true)],
  ] as const;
  for (const [name, listener] of channels) subscribe(name, listener);
  return () => {
    for (const [name, listener] of channels) unsubscribe(name, listener);
  };
}

/** Goes on with the caller's trace where there is one (https://www.w3.org/TR/trace-context/). */
function begin(traceparent: unknown): Omit<Open, 'start'> {
  const [, traceId, parentSpanId] =
    /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/.exec(String(traceparent)) ?? [];
  return { traceId: traceId ?? hex(16), spanId: hex(8), parentSpanId };
}

function childOf({ traceId, spanId }: Open): Omit<Open, 'start'> {
  return { traceId, spanId: hex(8), parentSpanId: spanId };
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** In milliseconds since 1970, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** `a=b,c=d`, as OpenTelemetry's variables have it. */
function pairs(text = ''): Record<string, string> {
  const found = text.split(',').flatMap((pair) => {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return key === undefined || value === undefined ? [] : [[key, decodeURIComponent(value)]];
  });
  return Object.fromEntries(found) as Record<string, string>;
}
