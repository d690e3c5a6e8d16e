import { docs, type Rule } from '../rule.ts';

export const debugExposed: Rule = {
  id: 'debug/exposed',
  title: 'Debugging pages are off',
  severity: 'warning',
  why: 'development: true and debug_handler serve profiles and room state to everybody who reaches the port',
  fix: 'remove it outside of development',
  docs: docs.sample,
  *run(facts) {
    if (facts.flag('development'))
      yield { at: 'development', message: 'development mode serves /debug on the API port' };
    if (facts.number('debug_handler.port') > 0) {
      yield {
        at: 'debug_handler.port',
        message: `debugging pages are served on port ${facts.number('debug_handler.port')} without a password`,
      };
    }
  },
};
