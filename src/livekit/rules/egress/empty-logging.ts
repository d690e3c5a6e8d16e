import { docs, type Rule } from '../rule.ts';

export const egressEmptyLogging: Rule = {
  id: 'egress/empty-logging',
  title: 'The section logging is not empty',
  severity: 'error',
  why: 'the egress service sets up its log from the section, and panics where it is null',
  fix: 'write logging: {level: info}, or remove the key',
  docs: docs.egress,
  *run(facts) {
    if (!facts.has('logging') || facts.place('logging')?.node.tag !== '!!null') return;
    yield {
      at: 'logging',
      onKey: true,
      message: 'logging is empty, and the egress service panics',
      stops: {
        stage: 'parse',
        prints: 'panic: runtime error: invalid memory address or nil pointer dereference',
      },
    };
  },
};
