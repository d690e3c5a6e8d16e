import { docs, type Rule } from '../rule.ts';

export const yamlEmpty: Rule = {
  id: 'livekit/yaml-empty',
  title: 'The file holds a document',
  severity: 'error',
  why: 'of a file with nothing but comments or blank lines the server says "could not parse config: EOF" and ends',
  fix: 'write at least keys:, or name another file',
  docs: docs.sample,
  *run(facts) {
    if (facts.syntax?.message !== 'EOF') return;
    yield {
      at: '',
      position: { line: 1, column: 1 },
      message: 'there is nothing but comments in this file: the server prints "EOF" and ends',
    };
  },
};
