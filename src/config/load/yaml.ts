/**
 * config.yaml as a tree in which every value knows its line and column, aliases and merges written out. What a
 * scalar means depends on the key that holds it (see {@link ./scalars.ts}).
 */
import { failure } from '../../core/errors.ts';
import { parseYaml as parse, type YamlNode } from '../../livekit/yaml/index.ts';
import { isMerge } from '../../livekit/yaml/node.ts';
import { type Resolved, ResolveError, resolveScalar } from '../../livekit/yaml/resolve.ts';

export interface Place {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
}

export interface Scalar {
  kind: 'scalar';
  text: string;
  /** Without quotes, and not a block. */
  plain: boolean;
  /** What the text stands for where any value may stand. */
  resolved: Resolved;
  at: Place;
}
export interface Sequence {
  kind: 'sequence';
  items: Node[];
  at: Place;
}
export interface Mapping {
  kind: 'mapping';
  entries: Map<string, Entry>;
  at: Place;
}
export interface Entry {
  at: Place;
  value: Node;
}
export type Node = Scalar | Sequence | Mapping;

/** Something about the YAML itself that is wrong. */
export interface YamlProblem {
  kind: 'syntax' | 'duplicate-key' | 'several-documents';
  message: string;
  at: Place;
}

export interface YamlDocument {
  /** Absent when the text is empty or can't be parsed. */
  root?: Node;
  problems: YamlProblem[];
}

/** What a file may come to once its aliases are written out, in values. No configuration is larger. */
const maxNodes = 100_000;

/**
 * Parses the first document in `text`, which is the one that Go's decoder reads.
 * @param file for failures
 * @throws Failure `config/yaml-bomb` when aliases multiply it beyond any use
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const { root: parsed, error } = parse(text);
  if (parsed === undefined) {
    // EOF: nothing but comments, which to the Go server is an empty configuration.
    if (error === undefined || error.message === 'EOF') return { problems: [] };
    const lines = text.split('\n');
    // The end of a text without a last line break counts as a line of its own to Go.
    const at = { line: Math.min(error.line, lines.length), column: error.column };
    const tab = lines[at.line - 1]?.[at.column - 1] === '\t' && !error.problem.includes('tab');
    const message = tab ? `${error.problem}: a tab, where YAML wants spaces` : error.problem;
    return { problems: [{ kind: 'syntax', message, at }] };
  }
  const builder = new Builder();
  try {
    const root = builder.node(parsed);
    if (expandedSize(root, new Map()) > maxNodes)
      throw failure('config/yaml-bomb', { file, limit: maxNodes });
    return { root, problems: [...builder.problems, ...furtherDocument(text, parsed)] };
  } catch (thrown) {
    if (!(thrown instanceof Unbuildable)) throw thrown;
    return { problems: [{ kind: 'syntax', message: thrown.message, at: thrown.at }] };
  }
}

class Unbuildable extends Error {
  readonly at: Place;
  constructor(message: string, at: Place) {
    super(message);
    this.at = at;
  }
}

class Builder {
  readonly problems: YamlProblem[] = [];
  /** What an alias stands for is built once and shared. */
  readonly #built = new Map<YamlNode, Node>();
  readonly #open = new Set<YamlNode>();

  node(given: YamlNode): Node {
    if (given.kind === 'alias') return this.#aliased(given);
    const known = this.#built.get(given);
    if (known !== undefined) return known;
    this.#open.add(given);
    const built = this.#content(given);
    this.#open.delete(given);
    this.#built.set(given, built);
    return built;
  }

  #aliased(alias: YamlNode): Node {
    const { target } = alias;
    if (target === undefined || this.#open.has(target)) {
      throw new Unbuildable(`the value of &${alias.value} contains itself`, placeOf(alias));
    }
    return this.node(target);
  }

  #content(given: YamlNode): Node {
    const at = placeOf(given);
    if (given.kind === 'mapping') return this.#mapping(given, at);
    if (given.kind === 'sequence') {
      return { kind: 'sequence', items: given.content.map((item) => this.node(item)), at };
    }
    const plain = given.style === 'plain';
    return { kind: 'scalar', text: given.value, plain, resolved: resolve(given), at };
  }

  #mapping(given: YamlNode, at: Place): Mapping {
    const entries = new Map<string, Entry>();
    const merged: Mapping[] = [];
    for (const [keyNode, valueNode] of pairs(given)) {
      const value = this.node(valueNode);
      if (isMerge(keyNode)) {
        merged.push(...mergeSources(value));
        continue;
      }
      const key = this.node(keyNode);
      if (key.kind !== 'scalar') throw new Unbuildable(`a ${key.kind} can't be a key`, placeOf(keyNode));
      const first = entries.get(key.text);
      if (first === undefined) entries.set(key.text, { at: placeOf(keyNode), value });
      else {
        const message = `"${key.text}" stands here a second time; the first is on line ${first.at.line}`;
        this.problems.push({ kind: 'duplicate-key', message, at: placeOf(keyNode) });
      }
    }
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: 'mapping', entries, at };
  }
}

const placeOf = ({ line, column }: YamlNode): Place => ({ line, column });

function* pairs({ content }: YamlNode): Iterable<[YamlNode, YamlNode]> {
  for (let i = 0; i + 1 < content.length; i += 2) yield [content[i] as YamlNode, content[i + 1] as YamlNode];
}

function resolve(scalar: YamlNode): Resolved {
  try {
    return resolveScalar(scalar.tag, scalar.value);
  } catch (error) {
    if (error instanceof ResolveError) throw new Unbuildable(error.message, placeOf(scalar));
    throw error;
  }
}

function mergeSources(value: Node): Mapping[] {
  const sources = value.kind === 'sequence' ? value.items : [value];
  return sources.map((source) => {
    if (source.kind !== 'mapping') throw new Unbuildable('<< takes mappings only', source.at);
    return source;
  });
}

/** Nodes once every alias is written out. Counted without writing them out: aliases share their node. */
function expandedSize(node: Node, known: Map<Node, number>): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  let size = 1;
  if (node.kind === 'sequence') for (const item of node.items) size += expandedSize(item, known);
  if (node.kind === 'mapping') {
    for (const { value } of node.entries.values()) size += expandedSize(value, known);
  }
  known.set(node, size);
  return size;
}

/** The parser stops after the first document; the line `---` that follows it gives another one away. */
function furtherDocument(text: string, first: YamlNode): YamlProblem[] {
  const found = /^---(?=\s|$)/m.exec(text.slice(first.end));
  if (found === null) return [];
  const line = text.slice(0, first.end + found.index).split('\n').length;
  const message = 'another document begins here, and only the first is read';
  return [{ kind: 'several-documents', message, at: { line, column: 1 } }];
}
