/** A span for each call to LiveKit that a request makes, as undici tells of them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, propagation, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import { errorType, failed } from './failed.ts';

/** The part of undici's messages that is looked at. */
interface Message {
  request: {
    origin: string;
    method: string;
    path: string;
    addHeader(name: string, value: string): void;
  };
  response?: { statusCode: number };
  error?: unknown;
}

/**
 * LiveKit is told which trace its calls belong to. Those that no request made are not traced.
 * @param sfu where it is @returns how to stop
 */
export function traceCalls(tracer: Tracer, sfu: string): () => void {
  const { origin, hostname, port, protocol } = new URL(sfu);
  const server = {
    [ATTR_SERVER_ADDRESS]: hostname,
    [ATTR_SERVER_PORT]: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
  const open = new WeakMap<object, Span>();

  const listeners: Record<string, (message: Message) => void> = {
    create({ request }) {
      const within = context.active();
      if (request.origin !== origin || trace.getSpan(within) === undefined) return;
      const { method } = request;
      const path = request.path.replace(/\?.*/s, '');
      const attributes = {
        ...server,
        [ATTR_HTTP_REQUEST_METHOD]: method,
        [ATTR_URL_FULL]: `${origin}${path}`,
      };
      // Its paths are names of methods, and few.
      const span = tracer.startSpan(`${method} ${path}`, { kind: SpanKind.CLIENT, attributes });
      open.set(request, span);
      propagation.inject(trace.setSpan(within, span), request, {
        set: (carrier, name, value) => carrier.addHeader(name, value),
      });
    },
    headers({ request, response: { statusCode } = { statusCode: 0 } }) {
      const span = open.get(request)?.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, statusCode);
      if (span && statusCode >= 400) failed(span, String(statusCode));
    },
    trailers({ request }) {
      open.get(request)?.end();
    },
    error({ request, error }) {
      const span = open.get(request);
      // An answer that was read to its end can still be followed by an error.
      if (!span?.isRecording()) return;
      failed(span, errorType(error));
      span.end();
    },
  };
  const subscriptions = Object.entries(listeners).map(([name, listener]) => {
    const channel = `undici:request:${name}`;
    const onMessage = (message: unknown) => listener(message as Message);
    subscribe(channel, onMessage);
    return () => unsubscribe(channel, onMessage);
  });
  return () => {
    for (const end of subscriptions) end();
  };
}
