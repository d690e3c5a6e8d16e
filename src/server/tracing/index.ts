/**
 * Traces of requests, with the statements and the calls to LiveKit that each of them makes. Only loaded where
 * OpenTelemetry's variables ask for traces; its packages read the rest of them by themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { context, type DiagLogFunction, DiagLogLevel, diag, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { FastifyBaseLogger } from 'fastify';
import { redact } from '../../core/redact.ts';
import { version } from '../../core/version.ts';
import type { DatabaseLocation } from '../../store/index.ts';
import type { App, Trust } from '../context.ts';
import type { OverListener } from '../over.ts';
import { traceCalls } from './calls.ts';
import { exporterFor } from './exporter.ts';
import { traceRequests } from './requests.ts';
import { type Statement, traceStatements } from './statements.ts';
import type { Protocol } from './wanted.ts';

export interface Tracing {
  /**
   * Traces every request from now on.
   * @param trusts whose traces they may go on with
   * @returns who has to be told when one is over
   */
  trace(app: App, trusts: Trust | undefined): OverListener;
  /** A statement is over. */
  query(statement: Statement): void;
  /** Sends what there is, for a few seconds at most. @param hurry aborted: what has not been sent is lost */
  close(hurry?: AbortSignal): Promise<void>;
}

export type TracingLog = Pick<FastifyBaseLogger, 'info' | 'warn'>;

export interface TracingOptions {
  protocol: Protocol;
  database: DatabaseLocation;
  log: TracingLog;
}

/** How long the collector may take to receive the last spans, in milliseconds. */
const patience = 3_000;

/** What the packages say again and again is heard once in so many milliseconds. */
const quiet = 60_000;

export function startTracing({ protocol, database, log }: TracingOptions): Tracing {
  hearDiagnostics(log);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'bedrud', [ATTR_SERVICE_VERSION]: version }))
      .merge(detectResources({ detectors: [envDetector, serviceInstanceIdDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporterFor(protocol, log))],
  });
  const tracer = provider.getTracer('bedrud', version);
  const stopCalls = traceCalls(tracer);
  return {
    trace: (app, trusts) => traceRequests(app, tracer, trusts),
    query: traceStatements(tracer, database),
    async close(hurry) {
      stopCalls();
      // What the collector refuses has been told of.
      const over = provider.shutdown().then(
        () => true,
        () => true,
      );
      const late = sleep(patience, false, { signal: hurry, ref: false }).catch(() => false);
      if (!(await Promise.race([over, late]))) log.warn('the last traces have not arrived at the collector');
      for (const api of [context, propagation, diag]) api.disable();
    },
  };
}

/** Passes on what the packages have to say: of variables that they can't read, and of spans that they drop. */
function hearDiagnostics(log: TracingLog): void {
  const heard = new Map<string, number>();
  const tell: DiagLogFunction = (message) => {
    const kind = message.replace(/\d+/g, 'n');
    const now = performance.now();
    if (now - (heard.get(kind) ?? -quiet) < quiet) return;
    heard.set(kind, now);
    log.warn({ problem: redact(message) }, 'OpenTelemetry');
  };
  const unheard = () => {};
  const logger = { error: tell, warn: tell, info: unheard, debug: unheard, verbose: unheard };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  // It is told of failed deliveries, which the exporter tells of itself, and not each time.
  setGlobalErrorHandler(unheard);
}
