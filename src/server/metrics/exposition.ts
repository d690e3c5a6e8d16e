/** Prometheus' text format, by prom-client, which also knows what to say of the process. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Instrument } from './instruments.ts';

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** @returns writes what the instruments, and the process, say at that moment */
export function exposition(instruments: readonly Instrument[]): () => Promise<string> {
  const registry = new Registry();
  for (const instrument of instruments) {
    const { name, help, type } = instrument;
    const get = async () => ({ name, help, type, values: await valuesOf(instrument) });
    // The registry asks for no more of a metric than its name and this.
    registry.registerMetric({ name, get } as unknown as Metric);
  }
  collectDefaultMetrics({ register: registry });
  return () => registry.metrics();
}

async function valuesOf(instrument: Instrument) {
  // What can't be told at the moment is left out: the rest is what tells why.
  const samples = await Promise.resolve()
    .then(() => instrument.samples())
    .catch(() => []);
  return samples.map(({ labels, value, part }) => ({
    labels,
    value,
    ...(part ? { metricName: `${instrument.name}_${part}` } : {}),
  }));
}
