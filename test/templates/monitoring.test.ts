/** Every query of the dashboard and of the alerts names metrics that `serve` has, and labels that they have. */
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instruments } from '../../scripts/pages/metrics.ts';
import { makeServer, type TestServer } from '../server/helpers.ts';

const read = (name: string) => readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8');

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}
interface Alerts {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}
const dashboard = JSON.parse(read('grafana/bedrud.json')) as Dashboard;
const rules = (load(read('prometheus/bedrud-alerts.yaml')) as Alerts).groups.flatMap((group) => group.rules);

const queries: [string, string][] = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [title, expr]),
  ),
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
];

/** The names that Prometheus gives to any target. */
const ofTarget = new Set(['job', 'instance']);
/** Labels by series: as scraped, and as described, for what did not happen yet. */
const series = new Map<string, Set<string>>([['up', ofTarget]]);
let server: TestServer;

beforeAll(async () => {
  server = await makeServer();
  const { body } = await server.app.inject('/metrics');
  for (const line of body.split('\n').filter((text) => text !== '' && !text.startsWith('#'))) {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    const found = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
    series.set(name, new Set([...(series.get(name) ?? ofTarget), ...found]));
  }
  for (const { name, type, labels = [] } of instruments()) {
    const own = new Set([...ofTarget, ...labels]);
    if (type !== 'histogram') series.set(name, own);
    else {
      for (const part of ['sum', 'count']) series.set(`${name}_${part}`, own);
      series.set(`${name}_bucket`, new Set([...own, 'le']));
    }
  }
});
afterAll(() => server.close());

const words = new Set([
  ...['sum', 'min', 'max', 'by', 'and', 'rate', 'increase', 'histogram_quantile', '__rate_interval'],
]);

test.each(queries)('%s: %s', (_, expr) => {
  // What stands in quotes, and durations, are no names.
  const bare = expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, '');
  const groups = [...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
  const names = new Set<string>();
  const selectors = bare.replaceAll(/\bby \([^)]*\)/g, '');
  for (const [, name = '', matchers = ''] of selectors.matchAll(/\b([a-z_]\w*)(?:\{([^}]*)\})?/g)) {
    if (words.has(name)) continue;
    names.add(name);
    const labels = [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)/g)].map(([, label]) => label);
    expect([...(series.get(name) ?? [])], `labels of ${name}`).toEqual(expect.arrayContaining(labels));
  }
  expect(names.size).toBeGreaterThan(0);
  expect([...series.keys()]).toEqual(expect.arrayContaining([...names]));
  for (const label of groups)
    for (const name of names) expect([...(series.get(name) ?? [])], `labels of ${name}`).toContain(label);
});

test('the dashboard shows every metric that serve has', () => {
  const text = `${JSON.stringify(dashboard)}${JSON.stringify(rules)}`;
  const shown = (name: string) => new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(text);
  const names = instruments().map(({ name }) => name);
  expect(names.filter((name) => !shown(name))).toEqual([
    // One state at a time is told by bedrud_sfu_up and the changes.
    'bedrud_sfu_state',
  ]);
});

test('its variables are of metrics that exist', () => {
  const asked = dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [query.query],
  );
  expect(asked).toHaveLength(2);
  for (const query of asked) expect(series.has(/\((\w+)/.exec(query)?.[1] ?? '')).toBe(true);
});

test('every alert says what it means', () => {
  for (const { annotations } of rules)
    expect(Object.keys(annotations).toSorted()).toEqual(['description', 'summary']);
});

test('the scrape configuration names the alerts, and where to ask', () => {
  expect(load(read('prometheus/scrape.yaml'))).toMatchObject({
    rule_files: ['bedrud-alerts.yaml'],
    scrape_configs: [{ job_name: 'bedrud', metrics_path: '/metrics' }],
  });
});
