/** Writes a tree as YAML that LiveKit's parser (gopkg.in/yaml.v3) reads back as the same values. */
import { dump, YAML11_SCHEMA } from 'js-yaml';
import type { Tree } from './types.ts';

/**
 * @param head lines for the top, without `#`
 * @param comments a line above a top-level key, by that key
 */
export function writeYaml(
  tree: Tree,
  head: readonly string[],
  comments: Record<string, string> = {},
): string {
  const sections = Object.entries(tree).map(([key, value]) => {
    const comment = comments[key];
    return (comment === undefined ? '' : `# ${comment}\n`) + write({ [key]: value });
  });
  return [head.map((line) => `# ${line}\n`).join(''), ...sections].join('\n');
}

function write(tree: Tree): string {
  // The schema of YAML 1.1, because that is what quotes the words that Go would read as something else: yes, on, 0o7.
  return dump(tree, { schema: YAML11_SCHEMA, quoteStyle: 'double', lineWidth: -1, noRefs: true });
}
