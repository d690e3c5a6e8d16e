/** What OpenTelemetry's variables ask for; told without loading any of OpenTelemetry. */

/** The first is what OpenTelemetry takes where none is named. */
const protocols = ['http/protobuf', 'http/json'] as const;
export type Protocol = (typeof protocols)[number];

/** How traces are to be sent, or why they can't be. */
export type TracesWanted = { protocol: Protocol } | { obstacle: string };

/**
 * Traces are wanted where the environment names a collector, or asks for OTLP, whose collector is on this host then.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function tracesWanted(env: Readonly<Record<string, string | undefined>>): TracesWanted | undefined {
  /** The first of these that is set, as `[name, value]`: an empty variable counts as none. */
  const variable = (...names: string[]) =>
    names.map((name) => [name, env[name]?.trim() ?? ''] as const).find(([, value]) => value !== '');

  const [, disabled] = variable('OTEL_SDK_DISABLED') ?? [];
  const [, exporter] = variable('OTEL_TRACES_EXPORTER') ?? [];
  const endpoint = variable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (disabled?.toLowerCase() === 'true' || exporter === 'none') return undefined;
  if (exporter === undefined && endpoint === undefined) return undefined;

  if (exporter !== undefined && exporter !== 'otlp')
    return { obstacle: `OTEL_TRACES_EXPORTER can be otlp or none, not ${exporter}` };
  if (endpoint && !/^https?:$/.test(URL.canParse(endpoint[1]) ? new URL(endpoint[1]).protocol : ''))
    return { obstacle: `${endpoint[0]} must be an http:// or https:// URL` };
  const [name, value] = variable('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? [];
  const protocol = protocols.find((known) => known === (value ?? protocols[0]));
  if (protocol) return { protocol };
  return {
    obstacle: `${name} can be ${protocols.join(' or ')}, which collectors take on port 4318, not ${value}`,
  };
}
