/** Sends spans to a collector, as JSON over HTTP (OTLP 1.x), some at a time. */

export interface Span {
  /** In hex, 32 and 16 digits. */
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  name: string;
  kind: 'server' | 'client';
  /** In milliseconds since 1970. */
  start: number;
  end: number;
  attributes: Record<string, string | number>;
  failed: boolean;
}

export interface ExporterOptions {
  url: string;
  headers: Record<string, string>;
  resource: Record<string, string>;
  /** Told why spans did not arrive. */
  failed(reason: unknown): void;
}

export interface Exporter {
  add(span: Span): void;
  /** Sends what there is, and resolves once it has arrived or can't. */
  close(): Promise<void>;
}

/** Spans that wait are sent every so often, in milliseconds, or when there are so many. */
const interval = 5_000;
const enough = 512;
/** While the collector is away no more are kept; the newest are dropped. */
const most = 4_096;
/** For one delivery, in milliseconds. */
const patience = 3_000;

export function startExporter({ url, headers, resource, failed }: ExporterOptions): Exporter {
  let waiting: Span[] = [];
  let sending: Promise<void> = Promise.resolve();
  const send = async () => {
    const spans = waiting.splice(0);
    if (spans.length === 0) return;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(payload(spans, resource)),
        signal: AbortSignal.timeout(patience),
      });
      await response.body?.cancel();
      if (!response.ok) failed(`the collector answers ${response.status}`);
    } catch (error) {
      failed(error);
    }
  };
  const flush = () => {
    sending = sending.then(send);
    return sending;
  };
  const timer = setInterval(flush, interval).unref();
  return {
    add(span) {
      if (waiting.length < most) waiting.push(span);
      if (waiting.length === enough) void flush();
    },
    async close() {
      clearInterval(timer);
      await flush();
      waiting = [];
    },
  };
}

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function payload(spans: readonly Span[], resource: Record<string, string>) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'bedrud' }, spans: spans.map(encoded) }],
      },
    ],
  };
}

function encoded({ start, end, kind, attributes, failed, ...span }: Span) {
  return {
    ...span,
    kind: kind === 'server' ? 2 : 3,
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(end),
    attributes: attributesOf(attributes),
    status: failed ? { code: 2 } : {},
  };
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributesOf(attributes: Record<string, string | number>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
