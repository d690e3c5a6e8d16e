import { docs, type Rule } from '../rule.ts';

export const metricsOpen: Rule = {
  id: 'metrics/open',
  title: 'Metrics ask for a password',
  severity: 'warning',
  why: 'without both username and password anybody who reaches the port reads the metrics; one of the two alone is passed over',
  fix: 'set prometheus.username and prometheus.password, or keep the port closed to others',
  docs: docs.sample,
  *run(facts) {
    const at = facts.number('prometheus.port') > 0 ? 'prometheus.port' : 'prometheus_port';
    if (facts.number(at) === 0) return;
    const given = ['username', 'password'].filter((name) => facts.string(`prometheus.${name}`) !== '');
    if (given.length === 2) return;
    const message =
      given.length === 1
        ? `prometheus has a ${given[0]} alone, which protects nothing`
        : 'metrics are open to everybody who reaches the port';
    yield { at, message, ...(given.length === 1 ? { severity: 'error' as const } : {}) };
  },
};
