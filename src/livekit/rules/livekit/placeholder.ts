import type { YamlNode } from '../../yaml/index.ts';
import { docs, type Problem, type Rule } from '../rule.ts';

const shapes: [RegExp, string][] = [
  [
    /\$\{[^}]+\}|^\$[A-Za-z_]\w*$/,
    'LiveKit expands no variables inside YAML: have the file written with the value in it',
  ],
  [/\{\{.*\}\}/, 'this is a template that nothing has filled in'],
  [/^<[^<>]+>$/, 'replace it by a value'],
  [
    /\b(change[_-]?me|replace[_-]?me|your[_-](api|secret|domain|key|server|ip|public)\w*|todo|fixme)\b/i,
    'replace it by a value',
  ],
];

const maxDepth = 100;

export const placeholder: Rule = {
  id: 'livekit/placeholder',
  title: 'No placeholder is left',
  severity: 'warning',
  why: 'what was to be replaced reaches the server as it stands',
  fix: 'replace it by a value',
  docs: docs.sample,
  *run(facts) {
    if (facts.root) yield* search(facts.root, [], 0);
  },
};

function* search(node: YamlNode, path: string[], depth: number): Iterable<Problem> {
  if (depth > maxDepth) return;
  if (node.kind === 'scalar') {
    const hint = shapes.find(([shape]) => shape.test(node.value))?.[1];
    // key_file is the one value in which the server expands variables.
    if (hint === undefined || (path.length === 1 && path[0] === 'key_file')) return;
    yield { at: path.join('.'), node, message: `${path.join('.') || 'the file'} holds a placeholder`, hint };
  } else if (node.kind === 'sequence') {
    for (const [index, item] of node.content.entries())
      yield* search(item, [...path, String(index)], depth + 1);
  } else if (node.kind === 'mapping') {
    for (let i = 0; i + 1 < node.content.length; i += 2) {
      const key = node.content[i] as YamlNode;
      yield* search(node.content[i + 1] as YamlNode, [...path, key.value], depth + 1);
    }
  }
}
