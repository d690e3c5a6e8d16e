/** A YAML file of LiveKit, egress or compose: its values, and where each of them stands. */
import { childPointer } from '../config/load/pointer.ts';
import { booleanOf, isNull, naturalValue, numberOf } from '../config/load/scalars.ts';
import {
  type Entry,
  type Mapping,
  type Node,
  type Place,
  parseYaml,
  type YamlProblem,
} from '../config/load/yaml.ts';
import type { Finding } from '../core/finding.ts';

export type Path = readonly (string | number)[];

export class Document {
  /** As the operator named it; undefined for one that was made here, which nobody can open. */
  readonly file: string | undefined;
  readonly text: string;
  readonly problems: readonly YamlProblem[];
  readonly #root: Node | undefined;
  readonly #offset: number;

  /**
   * @param file undefined for a text that was made here
   * @param offset the line of `file` before the first one of `text`
   * @throws Failure `config/yaml-bomb`
   */
  constructor(text: string, file?: string, offset = 0) {
    this.#offset = offset;
    const { root, problems } = parseYaml(text, file ?? 'the rendered configuration');
    this.file = file;
    this.text = text;
    this.problems = problems;
    this.#root = root;
  }

  /** Is there a value other than null? */
  has(...path: Path): boolean {
    const node = this.#at(path);
    return node !== undefined && !(node.kind === 'scalar' && isNull(node));
  }

  /** A scalar as it is written, without quotes. */
  string(...path: Path): string | undefined {
    const node = this.#at(path);
    return node?.kind === 'scalar' && !isNull(node) ? node.text : undefined;
  }

  number(...path: Path): number | undefined {
    const node = this.#at(path);
    return node?.kind === 'scalar' ? numberOf(node) : undefined;
  }

  boolean(...path: Path): boolean | undefined {
    const node = this.#at(path);
    return node?.kind === 'scalar' ? booleanOf(node) : undefined;
  }

  /** The names of a mapping; none where there is no mapping. */
  keys(...path: Path): string[] {
    const node = this.#at(path);
    return node?.kind === 'mapping' ? [...node.entries.keys()] : [];
  }

  /** How many items a sequence has; 0 where there is none. */
  length(...path: Path): number {
    const node = this.#at(path);
    return node?.kind === 'sequence' ? node.items.length : 0;
  }

  /** The scalars of a sequence, or of a scalar the only one. */
  strings(...path: Path): string[] {
    const single = this.string(...path);
    if (single !== undefined) return [single];
    return Array.from({ length: this.length(...path) }, (_, i) => this.string(...path, i) ?? '');
  }

  /** Everything at `path` as plain data. */
  plain(...path: Path): unknown {
    const node = this.#at(path);
    return node === undefined ? undefined : plainOf(node);
  }

  /** Where the key at `path` stands, or what of it there is. */
  place(...path: Path): Pick<Finding, 'file' | 'line' | 'column' | 'pointer'> {
    if (this.file === undefined || this.#root === undefined) return {};
    let at: Place = this.#root.at;
    let node: Node | undefined = this.#root;
    for (const part of path) {
      const found: Entry | undefined = node && step(node, part);
      if (found === undefined) break;
      at = found.at;
      node = found.value;
    }
    if (this.#offset > 0) return { file: this.file, line: at.line + this.#offset };
    const pointer = path.reduce<string>(childPointer, '');
    return { file: this.file, line: at.line, column: at.column, pointer };
  }

  #at(path: Path): Node | undefined {
    let node = this.#root;
    for (const part of path) node = node && step(node, part)?.value;
    return node;
  }
}

function step(node: Node, part: string | number): Entry | undefined {
  if (node.kind === 'mapping') return node.entries.get(String(part));
  if (node.kind !== 'sequence') return undefined;
  const item = node.items[Number(part)];
  return item && { at: item.at, value: item };
}

function plainOf(node: Node): unknown {
  if (node.kind === 'scalar') return naturalValue(node);
  if (node.kind === 'sequence') return node.items.map(plainOf);
  return mappingOf(node);
}

function mappingOf(node: Mapping): Record<string, unknown> {
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, { value }] of node.entries) plain[name] = plainOf(value);
  return plain;
}
