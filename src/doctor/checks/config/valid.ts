import { defineCheck } from '../../check.ts';

export const configValid = defineCheck({
  id: 'config/valid',
  title: "Bedrud's configuration is valid",
  area: 'configuration',
  severity: 'error',
  why: 'A value that cannot be used is left out, and the server runs with something else than what was meant.',
  fix: 'bedrud config validate shows the same with the lines',
  needs: ['config'],
  run: ({ config }) => config.findings,
});
