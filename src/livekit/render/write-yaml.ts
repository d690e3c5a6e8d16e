/** Writes a tree as YAML that LiveKit's parser (gopkg.in/yaml.v3) reads back as the same values. */
import { isTree } from './merge.ts';
import type { Tree } from './types.ts';

/** What a plain scalar may look like: words, paths, host names, durations. Anything else is quoted. */
const plain = /^(?:[A-Za-z/][\w./@+-]*|\d+(?:\.\d+){3}|\d+(?:ms|s|m|h))$/;
/** Plain words that YAML 1.1 or 1.2 gives another type. */
const taken = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;

/**
 * @param head lines for the top, without `#`
 * @param comments a line above a top-level key, by that key
 */
export function writeYaml(
  tree: Tree,
  head: readonly string[],
  comments: Record<string, string> = {},
): string {
  const lines = [...head.map((line) => `# ${line}`), ''];
  for (const [key, value] of Object.entries(tree)) {
    const comment = comments[key];
    if ((isTree(value) || comment !== undefined) && lines.at(-1) !== '') lines.push('');
    if (comment !== undefined) lines.push(`# ${comment}`);
    lines.push(...entry(key, value, ''));
  }
  return `${lines.join('\n')}\n`;
}

function entry(key: string, value: unknown, indent: string): string[] {
  const head = `${indent}${scalar(key)}:`;
  if (isTree(value) && Object.keys(value).length > 0) {
    return [head, ...Object.entries(value).flatMap(([k, v]) => entry(k, v, `${indent}  `))];
  }
  if (Array.isArray(value) && value.length > 0) {
    return [head, ...value.flatMap((item) => listItem(item, `${indent}  `))];
  }
  return [`${head} ${leaf(value)}`];
}

function listItem(item: unknown, indent: string): string[] {
  const isMap = isTree(item) && Object.keys(item).length > 0;
  if (!isMap && !(Array.isArray(item) && item.length > 0)) return [`${indent}- ${leaf(item)}`];
  const inner = `${indent}  `;
  const lines = isMap
    ? Object.entries(item).flatMap(([key, value]) => entry(key, value, inner))
    : (item as unknown[]).flatMap((value) => listItem(value, inner));
  return lines.map((line, i) => (i === 0 ? `${indent}- ${line.slice(inner.length)}` : line));
}

function leaf(value: unknown): string {
  if (Array.isArray(value)) return '[]';
  if (isTree(value)) return '{}';
  if (typeof value === 'string') return scalar(value);
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

function scalar(text: string): string {
  if (plain.test(text) && !taken.test(text)) return text;
  // JSON's quoting is YAML's, but for characters that YAML takes for line breaks or refuses.
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
