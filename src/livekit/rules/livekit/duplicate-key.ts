import { docs, type Rule } from '../rule.ts';

export const duplicateKey: Rule = {
  id: 'livekit/duplicate-key',
  title: 'Every key stands once',
  severity: 'error',
  why: 'the same key twice in one mapping ends the server, even with the same value',
  fix: 'keep one of the two',
  docs: docs.sample,
  *run(facts) {
    for (const { why, node, first, path } of facts.errors) {
      if (why !== 'duplicate-key') continue;
      const before = first === undefined ? '' : `: it is on line ${first.line} already`;
      yield { at: path.join('.'), node, message: `the key ${node.value} stands here again${before}` };
    }
  },
};
