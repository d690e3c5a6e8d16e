/** A span for each request, which goes on with the caller's trace where a trusted proxy passed it on. */
import { context, propagation, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';
import type { FastifyRequest } from 'fastify';
import { redact } from '../../core/redact.ts';
import type { App, Trust } from '../context.ts';
import { clientLeft, type OverListener } from '../over.ts';
import { failed } from './failed.ts';

/** Asked every few seconds, by machines: their traces would be most of all, and tell nothing. */
const untraced = new Set(['/healthz', '/readyz', '/metrics']);

export function traceRequests(app: App, tracer: Tracer, trusts: Trust | undefined): OverListener {
  const spans = new WeakMap<FastifyRequest, ReturnType<typeof begin>>();
  const begin = (request: FastifyRequest) => {
    const { method, raw, routeOptions } = request;
    const caller = trusts?.(raw.socket.remoteAddress ?? '', 0)
      ? propagation.extract(ROOT_CONTEXT, request.headers)
      : ROOT_CONTEXT;
    const attributes = {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      [ATTR_HTTP_ROUTE]: routeOptions.url,
      // A query can hold a token.
      [ATTR_URL_PATH]: redact(request.url.replace(/\?.*/s, '')),
      [ATTR_URL_SCHEME]: request.protocol,
      [ATTR_SERVER_ADDRESS]: request.hostname,
      [ATTR_CLIENT_ADDRESS]: request.ip,
      [ATTR_USER_AGENT_ORIGINAL]: request.headers['user-agent'],
      [ATTR_NETWORK_PROTOCOL_VERSION]: raw.httpVersion,
      'bedrud.request_id': request.id,
    };
    const name = routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, caller);
    return { span, within: trace.setSpan(caller, span) };
  };

  app.addHook('onRequest', (request, reply, done) => {
    if (untraced.has(request.routeOptions.url ?? '')) return done();
    const { span, within } = begin(request);
    spans.set(request, { span, within });
    request.log = reply.log = request.log.child({ trace_id: span.spanContext().traceId });
    context.with(within, done);
  });
  // Reading a body goes on in the connection's own context.
  app.addHook('preValidation', (request, _reply, done) => {
    const traced = spans.get(request);
    if (traced) context.with(traced.within, done);
    else done();
  });
  return (request, { problem }, status) => {
    const span = spans.get(request)?.span;
    if (span === undefined) return;
    if (status === clientLeft) failed(span, 'aborted');
    else span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    if (status >= 500) failed(span, problem ?? String(status));
    span.end();
  };
}
