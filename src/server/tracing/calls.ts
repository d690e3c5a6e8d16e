/** A span for each call to LiveKit that a request makes. */
import { context, propagation, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import { type HttpMessage, httpRequests } from '../../sfu/http.ts';
import { errorType, failed } from './failed.ts';

/**
 * LiveKit is told which trace its calls belong to. Those that no request made are not traced.
 * @returns how to stop
 */
export function traceCalls(tracer: Tracer): () => void {
  const open = new WeakMap<HttpMessage, Span>();
  const listeners: Parameters<typeof httpRequests.subscribe>[0] = {
    start(message) {
      const within = context.active();
      if (trace.getSpan(within) === undefined) return;
      const { method, headers } = message;
      const { origin, pathname, hostname, port, protocol } = new URL(message.url);
      const attributes = {
        [ATTR_SERVER_ADDRESS]: hostname,
        [ATTR_SERVER_PORT]: Number(port) || (protocol === 'https:' ? 443 : 80),
        [ATTR_HTTP_REQUEST_METHOD]: method,
        // A query can hold a token.
        [ATTR_URL_FULL]: `${origin}${pathname}`,
      };
      // Its paths are names of methods, and few.
      const span = tracer.startSpan(`${method} ${pathname}`, { kind: SpanKind.CLIENT, attributes });
      open.set(message, span);
      propagation.inject(trace.setSpan(within, span), headers);
    },
    error(message) {
      const span = open.get(message);
      if (span) failed(span, errorType(message.error));
    },
    asyncEnd(message) {
      const span = open.get(message);
      if (span === undefined) return;
      const { status } = message.result ?? {};
      if (status !== undefined) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
      if (status !== undefined && status >= 400) failed(span, String(status));
      span.end();
    },
    end() {},
    asyncStart() {},
  };
  httpRequests.subscribe(listeners);
  return () => httpRequests.unsubscribe(listeners);
}
