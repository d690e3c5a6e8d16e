import { defineCheck } from '../../check.ts';

export const debugExposed = defineCheck({
  id: 'debug/exposed',
  title: 'Debugging pages are off',
  area: 'configuration',
  severity: 'warning',
  why: 'development: true and debug_handler serve profiles and the state of rooms to everybody who reaches the port.',
  fix: 'remove development: and debug_handler: outside of development, or keep /debug from being passed on',
  needs: ['openPages'],
  run: ({ openPages }) =>
    openPages
      .filter(({ kind }) => kind === 'debug')
      .map(({ url }) => ({ message: `${url} tells everybody about rooms and participants` })),
});
