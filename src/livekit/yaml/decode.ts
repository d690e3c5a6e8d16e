/** Nodes → values, strictly: what decode.go of gopkg.in/yaml.v3 does with KnownFields. */
import { isMerge, tagOf, type YamlNode } from './node.ts';
import { ResolveError, resolveScalar } from './resolve.ts';
import { misfit, scalarValue } from './scalar-values.ts';
import { CustomError, type GoType } from './types.ts';

export interface DecodeError {
  why: 'unknown-key' | 'duplicate-key' | 'kind' | 'value' | 'structure';
  /** As the server prints it, its line number before it. */
  message: string;
  node: YamlNode;
  /** Keys and indexes from the root to what is wrong. */
  path: string[];
  /** What the value was to become. */
  type?: GoType;
  /** The type that lacks an unknown key. */
  owner?: string;
  /** The first occurrence of a duplicate. */
  first?: YamlNode;
}

/** Where a value came from; `key` is absent for list items and the root. */
export interface Place {
  key?: YamlNode;
  node: YamlNode;
}

export interface Decoded {
  /** Structs and maps as objects without a prototype, durations as milliseconds; what was null or refused isn't there. */
  value: unknown;
  errors: DecodeError[];
  /** Decoding ended at the last error; the server prints that one alone. */
  fatal: boolean;
  /** By JSON pointer. */
  places: Map<string, Place>;
}

/** Decodes `root` as `type`. Never throws. */
export function decodeNode(root: YamlNode, type: GoType): Decoded {
  const decoder = new Decoder();
  try {
    decoder.value = decoder.decode(root, type, []);
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    decoder.errors.push(error.detail);
    decoder.fatal = true;
  }
  return decoder;
}

/** `rtc.tcp_port` of `['rtc', 'tcp_port']` as a JSON pointer. */
export function pointerOf(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

class Fatal extends Error {
  readonly detail: DecodeError;
  constructor(detail: DecodeError) {
    super(detail.message);
    this.detail = detail;
  }
}

/** Nothing to set: the value was null, or refused. */
const nothing = Symbol('nothing');
/** Duplicates of one key are quadratic in their number; nobody reads more. */
const maxErrors = 1000;

type Merged = Set<string> | undefined;
type Fields = Record<string, unknown>;

class Decoder implements Decoded {
  value: unknown;
  errors: DecodeError[] = [];
  fatal = false;
  places = new Map<string, Place>();
  #count = 0;
  #aliasCount = 0;
  #aliasDepth = 0;
  #open = new Set<YamlNode>();
  /** The keys that a mapping which takes another in already has. */
  #merged: Merged;

  decode(node: YamlNode, type: GoType, path: string[], key?: YamlNode): unknown {
    this.#countAliases(node, path);
    if (node.kind === 'alias')
      return this.#alias(node, path, () => this.decode(node.target as YamlNode, type, path, key));
    this.places.set(pointerOf(path), key === undefined ? { node } : { key, node });
    if (node.tag === '!!null' && node.kind === 'scalar') {
      this.#resolve(node, path);
      return type.kind === 'list' || type.kind === 'map' ? null : nothing;
    }
    if (type.kind === 'custom') return this.#custom(node, type, path);
    if (node.kind === 'scalar') return this.#scalar(node, type, path);
    if (node.kind === 'sequence') return this.#sequence(node, type, path);
    return this.#mapping(node, type, path, Object.create(null));
  }

  #alias<T>(node: YamlNode, path: string[], decodeTarget: () => T): T {
    if (this.#open.has(node)) this.#fail(`yaml: anchor '${node.value}' value contains itself`, node, path);
    this.#open.add(node);
    this.#aliasDepth += 1;
    const result = decodeTarget();
    this.#aliasDepth -= 1;
    this.#open.delete(node);
    return result;
  }

  /** Refuses documents in which most of the work comes from aliases, by the share that yaml.v3 allows. */
  #countAliases(node: YamlNode, path: string[]): void {
    this.#count += 1;
    if (this.#aliasDepth > 0) this.#aliasCount += 1;
    if (this.#aliasCount <= 100 || this.#count <= 1000) return;
    const large = Math.min(Math.max((this.#count - 400_000) / 3_600_000, 0), 1);
    if (this.#aliasCount / this.#count > 0.99 - 0.89 * large) {
      this.#fail('yaml: document contains excessive aliasing', node, path);
    }
  }

  #custom(node: YamlNode, type: GoType & { kind: 'custom' }, path: string[]): unknown {
    try {
      return type.read(node);
    } catch (error) {
      if (!(error instanceof CustomError)) throw error;
      const { why, message, owner = type.name } = error;
      throw new Fatal({ why, message, node: error.node, path, type, owner });
    }
  }

  #scalar(node: YamlNode, type: GoType, path: string[]): unknown {
    const resolved = this.#resolve(node, path);
    if (resolved.tag === '!!null') return nothing;
    const value = type.kind === 'scalar' ? scalarValue(type.scalar, resolved, node.value) : misfit;
    if (value !== misfit) return value;
    this.#misfit(node, type, path);
    return nothing;
  }

  #resolve(node: YamlNode, path: string[]) {
    try {
      const resolved = resolveScalar(node.tag, node.value);
      if (resolved.tag !== '!!binary') return resolved;
      const bytes = Buffer.from(node.value, 'base64');
      if (bytes.toString('base64') !== node.value.replace(/[\r\n]/g, '')) {
        throw new ResolveError('!!binary value contains invalid base64 data');
      }
      return { tag: '!!binary', value: bytes.toString() };
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error;
      return this.#fail(`yaml: ${error.message}`, node, path);
    }
  }

  #sequence(node: YamlNode, type: GoType, path: string[]): unknown {
    if (type.kind !== 'list') {
      this.#misfit(node, type, path);
      return nothing;
    }
    const items: unknown[] = [];
    node.content.forEach((item, index) => {
      const value = this.decode(item, type.of, [...path, String(index)]);
      if (value !== nothing) items.push(value);
    });
    return items;
  }

  #mapping(node: YamlNode, type: GoType, path: string[], into: Fields): unknown {
    if (this.#duplicates(node, path)) return nothing;
    if (type.kind === 'struct')
      return this.#entries(node, type, path, into, (key, at) => this.#field(key, type, at));
    if (type.kind === 'map')
      return this.#entries(node, type, path, into, (key, at) => this.#mapKey(key, type, at));
    this.#misfit(node, type, path);
    return nothing;
  }

  /** @param lookUp the entry's name and the type of its value; undefined to leave it out */
  #entries(
    node: YamlNode,
    type: GoType,
    path: string[],
    into: Fields,
    lookUp: (key: YamlNode, path: string[]) => { name: string; type: GoType } | undefined,
  ): Fields {
    const merged = this.#merged;
    this.#merged = undefined;
    let merge: YamlNode | undefined;
    const set = new Set<string>();
    for (let i = 0; i + 1 < node.content.length; i += 2) {
      const key = node.content[i] as YamlNode;
      const value = node.content[i + 1] as YamlNode;
      if (isMerge(key)) {
        merge = value;
        continue;
      }
      const name = this.#keyText(key, path);
      if (name === undefined) continue;
      if (merged?.has(name)) continue;
      merged?.add(name);
      const entry = lookUp(key, path);
      if (entry === undefined) continue;
      if (type.kind === 'struct' && set.has(entry.name)) {
        this.#report(
          'duplicate-key',
          `field ${name} already set in type ${type.name}`,
          key,
          [...path, name],
          type,
        );
        continue;
      }
      set.add(entry.name);
      const decoded = this.decode(value, entry.type, [...path, entry.name], key);
      if (decoded !== nothing) into[entry.name] = decoded;
      else if (type.kind === 'map' && tagOf(value) === '!!null') into[entry.name] = zero(entry.type);
    }
    this.#merged = merged;
    if (merge !== undefined) this.#merge(node, merge, type, path, into);
    return into;
  }

  #field(key: YamlNode, type: GoType & { kind: 'struct' }, path: string[]) {
    const name = textOf(key);
    const field = type.field(name);
    if (field !== undefined) return { name, type: field };
    this.#report('unknown-key', `field ${name} not found in type ${type.name}`, key, [...path, name], type);
    return undefined;
  }

  #mapKey(key: YamlNode, type: GoType & { kind: 'map' }, path: string[]) {
    const errors = this.errors.length;
    const decoded = this.decode(key, type.key, [...path, textOf(key)]);
    this.places.delete(pointerOf([...path, textOf(key)]));
    return decoded === nothing || this.errors.length > errors
      ? undefined
      : { name: String(decoded), type: type.of };
  }

  /** A key as the string that a field is looked up by; undefined for null, which is passed over, and what is no string. */
  #keyText(key: YamlNode, path: string[]): string | undefined {
    this.#countAliases(key, path);
    const node = key.kind === 'alias' ? (key.target as YamlNode) : key;
    if (node.kind !== 'scalar') {
      this.#misfit(node, stringType, path);
      return undefined;
    }
    return this.#resolve(node, path).tag === '!!null' ? undefined : node.value;
  }

  #merge(parent: YamlNode, merge: YamlNode, type: GoType, path: string[], into: Fields): void {
    const merged = this.#merged;
    if (merged === undefined) {
      const keys = parent.content.filter((_, index) => index % 2 === 0);
      this.#merged = new Set(keys.map(textOf));
    }
    const sources = merge.kind === 'sequence' ? merge.content : [merge];
    for (const source of sources) {
      const mapping = source.kind === 'alias' ? (source.target as YamlNode) : source;
      if (mapping.kind !== 'mapping') {
        this.#fail('yaml: map merge requires map or sequence of maps as the value', source, path);
      }
      this.#countAliases(source, path);
      if (source.kind === 'alias') this.#alias(source, path, () => this.#mapping(mapping, type, path, into));
      else this.#mapping(mapping, type, path, into);
    }
    this.#merged = merged;
  }

  #duplicates(node: YamlNode, path: string[]): boolean {
    const byText = new Map<string, YamlNode[]>();
    for (let i = 0; i < node.content.length; i += 2) {
      const key = node.content[i] as YamlNode;
      const identity = `${key.kind} ${key.value}`;
      const keys = byText.get(identity);
      if (keys) keys.push(key);
      else byText.set(identity, [key]);
    }
    const before = this.errors.length;
    for (const keys of byText.values()) {
      for (let i = 0; i < keys.length && this.errors.length < maxErrors; i += 1) {
        const first = keys[i] as YamlNode;
        for (const key of keys.slice(i + 1)) {
          const message = `mapping key ${goQuote(key.value)} already defined at line ${first.line}`;
          this.#report('duplicate-key', message, key, [...path, key.value], undefined, first);
        }
      }
    }
    return this.errors.length > before;
  }

  #misfit(node: YamlNode, type: GoType, path: string[]): void {
    // What is no scalar has no value; a scalar that is tagged as one is shown bare.
    const shown = node.tag === '!!seq' || node.tag === '!!map' ? node.value : ` \`${shorten(node.value)}\``;
    this.#report('kind', `cannot unmarshal ${node.tag}${shown} into ${type.name}`, node, path, type);
  }

  #report(
    why: DecodeError['why'],
    message: string,
    node: YamlNode,
    path: string[],
    type?: GoType,
    first?: YamlNode,
  ): void {
    if (this.errors.length >= maxErrors) return;
    const error: DecodeError = { why, message: `line ${node.line}: ${message}`, node, path };
    if (type !== undefined) Object.assign(error, { type, owner: type.name });
    if (first !== undefined) error.first = first;
    this.errors.push(error);
  }

  #fail(message: string, node: YamlNode, path: string[]): never {
    throw new Fatal({ why: 'structure', message, node, path });
  }
}

const stringType: GoType = { kind: 'scalar', name: 'string', scalar: 'string' };

function textOf(key: YamlNode): string {
  return key.kind === 'alias' && key.target ? key.target.value : key.value;
}

function zero(type: GoType): unknown {
  if (type.kind === 'scalar') return type.scalar === 'string' ? '' : type.scalar === 'bool' ? false : 0;
  return type.kind === 'struct' ? Object.create(null) : null;
}

/** As yaml.v3 shortens what it quotes, by bytes. */
function shorten(value: string): string {
  const bytes = Buffer.from(value);
  return bytes.length > 10 ? `${bytes.subarray(0, 7).toString()}...` : value;
}

/** As Go's %#v has a string. */
function goQuote(value: string): string {
  return JSON.stringify(value);
}
