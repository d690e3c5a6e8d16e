import { defineCheck } from '../../check.ts';

export const composeDevFlag = defineCheck({
  id: 'compose/dev-flag',
  title: 'livekit-server does not run with --dev',
  area: 'start',
  severity: 'warning',
  why: '--dev accepts the key devkey with the secret "secret", which everybody knows, when no keys are configured, and binds loopback only.',
  fix: 'remove --dev, and give keys of your own',
  needs: ['launches'],
  run: ({ launches }) =>
    launches
      .filter(({ words }) => words.includes('--dev'))
      .map(({ name, commandPlace }) => ({
        message: `${name} starts livekit-server with --dev`,
        ...commandPlace,
      })),
});
