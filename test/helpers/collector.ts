/** A double of OpenTelemetry's collector, which takes OTLP over HTTP in both of its encodings. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type MessageType, proto3, ScalarType } from '@bufbuild/protobuf';

export interface CollectedSpan {
  name: string;
  /** 2: of a server, 3: of a client. */
  kind: number;
  traceId: string;
  spanId: string;
  /** Empty: the root. */
  parentSpanId: string;
  traceState: string;
  /** In nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: Record<string, string | number | undefined>;
  failed: boolean;
}

export interface Collector {
  url: string;
  /** Each delivery, in the order of their arrival. */
  requests: { path: string | undefined; headers: IncomingHttpHeaders }[];
  spans: CollectedSpan[];
  /** Of the last delivery's sender. */
  resource: CollectedSpan['attributes'];
  /** Replies so from now on. */
  answer(as: Reply): void;
  close(): Promise<void>;
}

/** Answers a delivery; that of a collector that hangs does nothing. */
export type Reply = (response: ServerResponse) => void;

export const refuse =
  (status: number): Reply =>
  (response) =>
    response.writeHead(status).end();

export async function startCollector(reply: Reply = refuse(200)): Promise<Collector> {
  let answer = reply;
  const server = createServer(async (request, response) => {
    collector.requests.push({ path: request.url, headers: request.headers });
    const [sent] = (await decoded(request)).resourceSpans;
    collector.resource = valuesOf(sent?.resource.attributes);
    collector.spans.push(...(sent?.scopeSpans.flatMap(({ spans }) => spans.map(collected)) ?? []));
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    spans: [],
    resource: {},
    answer(as) {
      answer = as;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return collector;
}

interface KeyValue {
  key: string;
  value: { stringValue?: string; intValue?: number | string | bigint };
}
interface Sent {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: SentSpan[] }[];
  }[];
}
/** As JSON has it, with ids in hex; in the binary form they are bytes. */
interface SentSpan {
  name: string;
  kind: number;
  traceId: string | Uint8Array;
  spanId: string | Uint8Array;
  parentSpanId?: string | Uint8Array;
  traceState?: string;
  startTimeUnixNano: string | bigint;
  endTimeUnixNano: string | bigint;
  attributes: KeyValue[];
  status?: { code?: number };
}

async function decoded(request: IncomingMessage): Promise<Sent> {
  const sent = Buffer.concat(await request.toArray());
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const { 'content-type': type } = request.headers;
  if (type === 'application/json') return JSON.parse(body.toString()) as Sent;
  if (type === 'application/x-protobuf') return Export.fromBinary(body) as unknown as Sent;
  throw new Error(`no encoding of OTLP: ${type}`);
}

function collected({ status, startTimeUnixNano, endTimeUnixNano, ...span }: SentSpan): CollectedSpan {
  const { name, kind, traceId, spanId, parentSpanId = '', traceState = '', attributes } = span;
  return {
    ...{
      name,
      kind,
      traceState,
      traceId: hex(traceId),
      spanId: hex(spanId),
      parentSpanId: hex(parentSpanId),
    },
    start: BigInt(startTimeUnixNano),
    end: BigInt(endTimeUnixNano),
    attributes: valuesOf(attributes),
    failed: status?.code === 2,
  };
}

function valuesOf(attributes: KeyValue[] = []): CollectedSpan['attributes'] {
  const values = attributes.map(({ key, value: { stringValue, intValue } }) => [
    key,
    stringValue ?? (intValue === undefined ? undefined : Number(intValue)),
  ]);
  return Object.fromEntries(values);
}

function hex(id: string | Uint8Array): string {
  return typeof id === 'string' ? id : Buffer.from(id).toString('hex');
}

// https://github.com/open-telemetry/opentelemetry-proto, as far as it is looked at.
const type = proto3.makeMessageType.bind(proto3);
const scalar = (no: number, name: string, T: ScalarType) => ({ no, name, kind: 'scalar', T }) as const;
const one = (no: number, name: string, T: MessageType) => ({ no, name, kind: 'message', T }) as const;
const many = (no: number, name: string, T: MessageType) => ({ ...one(no, name, T), repeated: true }) as const;

const AnyValue = type('AnyValue', [
  { ...scalar(1, 'string_value', ScalarType.STRING), opt: true },
  { ...scalar(3, 'int_value', ScalarType.INT64), opt: true },
]);
const Attribute = type('KeyValue', [scalar(1, 'key', ScalarType.STRING), one(2, 'value', AnyValue)]);
const Span = type('Span', [
  scalar(1, 'trace_id', ScalarType.BYTES),
  scalar(2, 'span_id', ScalarType.BYTES),
  scalar(3, 'trace_state', ScalarType.STRING),
  scalar(4, 'parent_span_id', ScalarType.BYTES),
  scalar(5, 'name', ScalarType.STRING),
  scalar(6, 'kind', ScalarType.INT32),
  scalar(7, 'start_time_unix_nano', ScalarType.FIXED64),
  scalar(8, 'end_time_unix_nano', ScalarType.FIXED64),
  many(9, 'attributes', Attribute),
  one(15, 'status', type('Status', [scalar(3, 'code', ScalarType.INT32)])),
]);
const Resource = type('Resource', [many(1, 'attributes', Attribute)]);
const ScopeSpans = type('ScopeSpans', [many(2, 'spans', Span)]);
const ResourceSpans = type('ResourceSpans', [
  one(1, 'resource', Resource),
  many(2, 'scope_spans', ScopeSpans),
]);
const Export = type('ExportTraceServiceRequest', [many(1, 'resource_spans', ResourceSpans)]);
