import { docs, type Rule } from '../rule.ts';

const meanings: [RegExp, string][] = [
  [
    /cannot start any token/,
    'a tab, `@`, `` ` `` or `%` stands where a key or a value should begin: indent with spaces, put quotes around the value',
  ],
  [
    /mapping values are not allowed/,
    'a `:` too many, or a line indented further than the one before it: put quotes around a value that holds `: `',
  ],
  [/could not find expected ':'/, 'this line is neither `key: value` nor the continuation of one'],
  [/did not find expected key/, 'the indentation doesn’t match the lines above'],
  [/did not find expected '-' indicator/, 'the items of this list are not indented alike'],
  [/did not find expected ',' or/, 'a bracket or a brace isn’t closed, or a comma is missing'],
  [/unexpected end of stream/, 'a quote isn’t closed'],
  [/tab character/, 'YAML is indented with spaces, not with tabs'],
  [
    /unknown anchor/,
    'a value that begins with `*` refers to an anchor; put quotes around it if it isn’t meant to',
  ],
  [/incompatible YAML document/, 'the server takes YAML 1.1 only: remove the %YAML line'],
  [/UTF-8|control characters/, 'save the file as UTF-8 text'],
  [/excessive aliasing|contains itself|map merge/, 'write the value out instead of referring to it'],
];

export const yamlSyntax: Rule = {
  id: 'livekit/yaml-syntax',
  title: 'The file is YAML',
  severity: 'error',
  why: 'livekit-server prints the YAML error and ends, with exit status 0',
  fix: 'correct the line shown',
  docs: docs.sample,
  *run(facts) {
    const meaning = (problem: string) => meanings.find(([pattern]) => pattern.test(problem))?.[1];
    if (facts.syntax && facts.syntax.message !== 'EOF') {
      const { problem, message, line, column } = facts.syntax;
      const hint = meaning(problem);
      yield {
        at: '',
        position: { line, column },
        message: `this is not YAML: the server prints "${message}"`,
        ...(hint === undefined ? {} : { hint }),
      };
    }
    for (const { why, message, node } of facts.errors) {
      if (why !== 'structure') continue;
      const hint = meaning(message);
      yield {
        at: '',
        node,
        message: `the server prints "${message}"`,
        ...(hint === undefined ? {} : { hint }),
      };
    }
  },
};
