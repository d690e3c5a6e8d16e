/** Changes to a YAML text that leave the rest of it, comments and order included, as it is. */
import type { YamlNode } from '../yaml/index.ts';

/** `start` to `end` becomes `text`; offsets are UTF-16 units. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

export interface Entry {
  key: YamlNode;
  value: YamlNode;
  /** The mapping it is in. */
  parent: YamlNode;
}

export function applyEdit(text: string, { start, end, text: replacement }: Edit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

export function entries(mapping: YamlNode | undefined): Entry[] {
  if (mapping?.kind !== 'mapping') return [];
  const list: Entry[] = [];
  for (let i = 0; i + 1 < mapping.content.length; i += 2) {
    const [key, value] = mapping.content.slice(i, i + 2);
    if (key && value) list.push({ key, value, parent: mapping });
  }
  return list;
}

/** The entries from the root to `path`, `['redis', 'use_tls']`; undefined when one is missing. */
export function find(root: YamlNode | undefined, path: readonly string[]): Entry[] | undefined {
  const trail: Entry[] = [];
  let mapping = root;
  for (const name of path) {
    const entry = entries(mapping).find(({ key }) => key.kind === 'scalar' && key.value === name);
    if (entry === undefined) return undefined;
    trail.push(entry);
    mapping = entry.value;
  }
  return trail;
}

/** Takes out the last of `trail`, and with it each section that would be left with nothing. */
export function removal(text: string, trail: readonly Entry[]): Edit {
  let depth = trail.length - 1;
  while (
    depth > 0 &&
    trail[depth]?.parent.content.length === 2 &&
    trail[depth - 1]?.value === trail[depth]?.parent
  ) {
    depth -= 1;
  }
  const entry = trail[depth] as Entry;
  const siblings = entries(entry.parent);
  const at = siblings.findIndex(({ key }) => key === entry.key);
  const next = siblings[at + 1];
  const previous = siblings[at - 1];
  if (siblings.length === 1) {
    const whole = entry.parent.style === 'flow' ? entry.parent : entry.value;
    return { start: entry.parent.offset, end: lastOffset(text, whole), text: '{}' };
  }
  if (entry.parent.style === 'flow') {
    if (next) return { start: entry.key.offset, end: next.key.offset, text: '' };
    return {
      start: lastOffset(text, (previous as Entry).value),
      end: lastOffset(text, entry.value),
      text: '',
    };
  }
  const line = lineStart(text, entry.key.offset);
  // `- key: value`: the dash stays for the entry that follows.
  if (next && text.slice(line, entry.key.offset).trim() !== '') {
    return { start: entry.key.offset, end: next.key.offset, text: '' };
  }
  return { start: line, end: lineEnd(text, lastOffset(text, entry.value)), text: '' };
}

/**
 * Sets `path` to `value`, a scalar as YAML text: in the section that is there, or in one made for it.
 * @param comment for the end of the line, where a line is written for it
 */
export function setting(
  text: string,
  root: YamlNode,
  path: readonly string[],
  value: string,
  comment = '',
): Edit {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const trail = find(root, path.slice(0, depth));
    if (trail === undefined) continue;
    const rest = path.slice(depth);
    const holder = trail.at(-1)?.value ?? root;
    if (rest.length === 0) return { start: holder.offset, end: lastOffset(text, holder), text: value };
    if (holder.kind === 'mapping') return insertion(text, holder, rest, value, comment);
    // A section without content, `turn:` or `turn: ~`.
    const key = (trail.at(-1) as Entry).key;
    const block = nested(rest, `${value}${comment}`, key.column + 1, newline(text));
    return {
      start: text.indexOf(':', key.end) + 1,
      end: lastOffset(text, holder),
      text: `${newline(text)}${block}`,
    };
  }
  return insertion(text, root, path, value, comment);
}

/** `rest` below a key at this place: `prometheus:\n  port: 6789`. */
export function inPlace(text: string, entry: Entry, rest: readonly string[], value: string): Edit {
  const start = entry.key.offset;
  const end = lastOffset(text, entry.value);
  if (entry.parent.style === 'flow') return { start, end, text: inFlow(rest, value) };
  const lines = nested(rest, value, entry.key.column - 1, newline(text));
  return { start, end, text: lines.trimStart() };
}

/** The comment that ends the line of `entry`'s value, with the space before it; empty where there is none. */
export function trailingComment(text: string, { value }: Entry): string {
  return (
    text
      .slice(lastOffset(text, value))
      .match(/^[ \t]+#[^\r\n]*/)?.[0]
      .trimEnd() ?? ''
  );
}

/** Behind the last character of `node`'s own text, blank lines and comments after it left out. */
export function lastOffset(text: string, node: YamlNode): number {
  if (node.style !== 'block' || node.content.length === 0) {
    const own = text.slice(node.offset, node.end);
    return node.offset + own.trimEnd().length;
  }
  return Math.max(...node.content.map((child) => lastOffset(text, child)));
}

function insertion(
  text: string,
  mapping: YamlNode,
  path: readonly string[],
  value: string,
  comment: string,
): Edit {
  const last = entries(mapping).at(-1);
  if (mapping.style === 'flow') {
    const at = last ? lastOffset(text, last.value) : mapping.offset + 1;
    return { start: at, end: at, text: `${last ? ', ' : ''}${inFlow(path, value)}` };
  }
  const first = entries(mapping)[0];
  const at = lineEnd(text, last ? lastOffset(text, last.value) : mapping.end);
  const block = nested(path, `${value}${comment}`, (first?.key.column ?? 1) - 1, newline(text));
  const broken = at > 0 && text[at - 1] !== '\n' ? newline(text) : '';
  return { start: at, end: at, text: `${broken}${block}${newline(text)}` };
}

function nested(path: readonly string[], value: string, indent: number, eol: string): string {
  return path
    .map(
      (name, depth) =>
        `${' '.repeat(indent + 2 * depth)}${name}:${depth === path.length - 1 ? ` ${value}` : ''}`,
    )
    .join(eol);
}

function inFlow(path: readonly string[], value: string): string {
  const [name, ...rest] = path;
  return rest.length === 0 ? `${name}: ${value}` : `${name}: {${inFlow(rest, value)}}`;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the line break. */
function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at + 1;
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
