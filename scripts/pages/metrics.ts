import type { ServerContext } from '../../src/server/context.ts';
import { gauges } from '../../src/server/metrics/gauges.ts';
import { makeMetrics } from '../../src/server/metrics/index.ts';
import type { Instrument } from '../../src/server/metrics/instruments.ts';
import { table } from './markdown.ts';

/** Everything that `serve` tells of itself, besides what prom-client says of the process. */
export function instruments(): Instrument[] {
  // Gauges look at the context once they are read, and nobody reads them here.
  return [...Object.values(makeMetrics()), ...gauges({} as ServerContext)];
}

/** docs/metrics.md, from src/server/metrics. */
export function metricsPage(): string {
  const rows = instruments().map(({ name, type, labels = [], help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return `# Metrics

<!-- Made by npm run generate from src/server/metrics and scripts/pages/metrics.ts. -->

\`bedrud serve\` answers \`GET /metrics\` in Prometheus' text format. Names and labels are stable. Counters count from the start of
the process; with several replicas, scrape each.

| who asks | is answered |
| --- | --- |
| this host, directly, and \`server.metricsToken\` is not set | 200 |
| anybody with \`Authorization: Bearer TOKEN\`, where \`server.metricsToken\` (\`SERVER_METRICS_TOKEN\`) is TOKEN | 200 |
| anybody else | 404 without a token set, 401 with one |

Behind a proxy on the same host that passes everything on and adds none of \`X-Forwarded-For\`, \`X-Real-IP\`, \`Forwarded\` and \`Via\`,
everybody looks like this host: set a token there. A token of 32 random characters will do: \`openssl rand -hex 16\`.

[A scrape configuration](../templates/prometheus/scrape.yaml), [alerts](../templates/prometheus/bedrud-alerts.yaml) and
[a dashboard for Grafana](../templates/grafana/bedrud.json) to import are in templates/.

${table(['name', 'type', 'labels', 'what'], rows)}
Histograms have the usual \`_bucket\`, \`_sum\` and \`_count\`. Besides these there are prom-client's metrics of the process,
\`process_*\` and \`nodejs_*\`: processor time, memory, open files, event loop lag and garbage collection. They are measured from the
first scrape on.

## Health

\`/healthz\` answers 200 while the process answers: for liveness. \`/readyz\` answers 200 or 503 with
\`{"status","checks":{"database","redis","sfu","recording"}}\`: for load balancers. Only the database and LiveKit count. Without
a recorder everything but recording works. A LiveKit that has a Redis lets nobody in while that is away, and says that it is well:
watch \`redis\`, or \`bedrud_redis_up\`. It doesn't count because all replicas have the same one.

`;
}
