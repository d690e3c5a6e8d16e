/** What rules look at: one configuration as one version of livekit-server reads it, and the files it names. */
import type { FileAccess } from './files.ts';
import type { ReadConfig } from './read-config.ts';
import { atLeast } from './versions.ts';
import { type DecodeError, type Place, pointerOf, type YamlNode } from './yaml/index.ts';

/** What is known beside the file; LintOptions says what each is. */
interface Circumstances {
  version: string;
  files?: FileAccess;
  addresses?: () => readonly string[];
  now?: Date;
}

export class Facts {
  readonly version: string;
  readonly files: FileAccess;
  /** The addresses of this host's interfaces; undefined: there is no telling here. */
  readonly addresses: () => readonly string[] | undefined;
  readonly now: Date;
  readonly text: string;
  readonly root: YamlNode | undefined;
  /** What stands against the file being decoded. */
  readonly errors: readonly DecodeError[];
  readonly syntax: ReadConfig['parsed']['error'];
  readonly #read: ReadConfig;

  constructor(read: ReadConfig, { version, files, addresses, now }: Circumstances) {
    this.#read = read;
    this.version = version;
    this.files = files ?? { look: () => undefined };
    this.addresses = addresses ?? (() => undefined);
    this.now = now ?? new Date();
    this.text = read.parsed.text;
    this.root = read.parsed.root;
    this.errors = read.decoded?.errors ?? [];
    this.syntax = read.decoded ? undefined : read.parsed.error;
  }

  since(version: string): boolean {
    return atLeast(this.version, version);
  }

  /** The value at a dotted path; undefined where the file says nothing, null where it empties a list or a map. */
  get(path: string): unknown {
    let value: unknown = this.#read.decoded?.value;
    for (const part of split(path)) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<string, unknown>)[part];
    }
    return value;
  }

  string(path: string): string {
    const value = this.get(path);
    return typeof value === 'string' ? value : '';
  }

  number(path: string, fallback = 0): number {
    const value = this.get(path);
    return typeof value === 'number' ? value : fallback;
  }

  flag(path: string, fallback = false): boolean {
    const value = this.get(path);
    return typeof value === 'boolean' ? value : fallback;
  }

  list<T = string>(path: string): T[] {
    const value = this.get(path);
    return Array.isArray(value) ? value : [];
  }

  map(path: string): Map<string, string> {
    const value = this.get(path);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return new Map(isMap ? Object.entries(value as Record<string, string>) : []);
  }

  /** Where the value at a dotted path, or the nearest thing above it, stands. */
  place(path: string): Place | undefined {
    const parts = path === '' ? [] : path.split('.');
    for (let length = parts.length; length > 0; length -= 1) {
      const place = this.#read.decoded?.places.get(pointerOf(parts.slice(0, length)));
      if (place !== undefined) return place;
    }
    return this.#read.decoded?.places.get('');
  }

  has(path: string): boolean {
    return this.#read.decoded?.places.has(pointerOf(path.split('.'))) ?? false;
  }
}

const splits = new Map<string, readonly string[]>();

/** Rules ask for the same paths of every file. */
function split(path: string): readonly string[] {
  let parts = splits.get(path);
  if (parts === undefined) {
    parts = path.split('.');
    splits.set(path, parts);
  }
  return parts;
}
