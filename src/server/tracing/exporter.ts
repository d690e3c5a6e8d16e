/** The way to the collector, which tells of it when the collector stops to be there, and when it is there again. */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { redact } from '../../core/redact.ts';
import type { TracingLog } from './index.ts';
import type { Protocol } from './wanted.ts';

const kinds = { 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter };

/** Address, headers, certificates, compression and patience are OTEL_EXPORTER_OTLP_*, which the packages read. */
export function exporterFor(protocol: Protocol, log: TracingLog): SpanExporter {
  const exporter = new kinds[protocol]({ userAgent: 'bedrud' });
  let arriving: boolean | undefined;
  const tell = ({ code, error }: ExportResult) => {
    const arrived = code === ExportResultCode.SUCCESS;
    if (arrived === arriving) return;
    arriving = arrived;
    if (arrived) log.info('traces arrive at the collector');
    else log.warn({ problem: problemOf(error) }, 'traces do not arrive at the collector');
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        tell(result);
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function problemOf({ code, message }: { code?: unknown; message?: string } = {}): string {
  if (typeof code === 'number') return `it answers ${code}`;
  // That of a connection refused at more than one address has no message.
  return redact(message || String(code ?? 'unknown'));
}
