import { docs, type Rule } from '../rule.ts';

const levels = ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'];

export const loggingLevel: Rule = {
  id: 'logging/level',
  title: 'Log levels are levels',
  severity: 'warning',
  why: 'the server takes an unknown level for info without saying so',
  fix: 'use debug, info, warn or error',
  docs: docs.sample,
  *run(facts) {
    const paths = ['logging.level', 'logging.pion_level', 'log_level'];
    for (const name of facts.map('logging.component_levels').keys())
      paths.push(`logging.component_levels.${name}`);
    for (const at of paths) {
      const level = facts.string(at);
      if (level === '' || levels.includes(level.toLowerCase())) continue;
      yield { at, message: `${at} is ${level}, which is no log level` };
    }
  },
};
