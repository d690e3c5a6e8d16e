import { defineCheck } from '../../check.ts';

export const metricsOpen = defineCheck({
  id: 'metrics/open',
  title: 'Metrics ask for a password',
  area: 'configuration',
  severity: 'warning',
  why: 'Without both username and password anybody who reaches the port reads the metrics; one of the two alone is passed over.',
  fix: 'set prometheus.username and prometheus.password, or keep the port closed to others',
  needs: ['openPages'],
  run: ({ openPages }) =>
    openPages
      .filter(({ kind }) => kind === 'metrics')
      .map(({ url }) => ({ message: `${url} answers without a password` })),
});
