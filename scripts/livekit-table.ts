/** The table of keys (schemas/livekit/keys.json) out of a list of the keys that each livekit-server release parses. */
import * as protocol from '@livekit/protocol';

/** The releases that have something, both included; null: the oldest listed, or the newest still. */
interface Range {
  since: string | null;
  until: string | null;
}

export interface Key extends Range {
  /** The Go kind that the value is decoded into. */
  kind: string;
  /** The Go type, by which the server names an object in its messages. */
  type?: string;
  /** The protobuf message. */
  message?: string;
  /** An enum's names. */
  values?: string[];
  /** Only one of a message's fields that have this may be set. */
  oneof?: string;
  /** A type that reads its node by itself. */
  custom?: string;
}

/** `[]` in a path is a list's item and `{}` a map's value: `rtc.turn_servers[].host`. */
export interface KeyList {
  versions: string[];
  keys: Record<string, Key[]>;
}

/** `[type, since, until, oneof?]`, since and until null where the owner has always, or still, had the key. */
type Field = [type: string, since: string | null, until: string | null, oneof?: string];

export interface Table {
  versions: string[];
  /** By type, since many appear under more than one key. A type with a name of its own for a scalar is `name:kind`. */
  types: Record<string, Record<string, Field[]>>;
  /** The names of protobuf messages' fields by number, out of @livekit/protocol: protoyaml takes either. */
  numbers: Record<string, Record<number, string>>;
}

/** What a path holds in a range of releases. */
interface Typed extends Range {
  type: string;
  oneof?: string;
}

const root = 'config.Config';
const always: Range = { since: null, until: null };

/** @param previous knows the types that `list` doesn't name: a list of kinds alone yields the same names again */
export function tableFrom(list: KeyList, previous: Table | undefined): Table {
  const types: Table['types'] = { [root]: {} };
  const paths = new Paths(list, previous);
  for (const path of Object.keys(list.keys)) {
    const name = path.split('.').at(-1) ?? '';
    if (isElement(path)) continue;
    for (const owner of paths.owners(path)) {
      for (const { type, since, until, oneof } of paths.typed(path)) {
        if (!paths.overlap({ since, until }, owner)) continue;
        const begin = since === owner.since || paths.earlier(since, owner.since) ? null : since;
        const end = until === owner.until || paths.earlier(owner.until, until) ? null : until;
        const field: Field = oneof === undefined ? [type, begin, end] : [type, begin, end, oneof];
        const fields = types[owner.type] ?? {};
        types[owner.type] = fields;
        add(fields, name, field);
      }
    }
  }
  return { versions: list.versions, types, numbers: numbersOf(Object.keys(types)) };
}

/** What is known of each path: from the list, and of the Go types' names from an earlier table. */
class Paths {
  readonly #list: KeyList;
  readonly #previous: Table | undefined;
  readonly #known = new Map<string, Typed[]>();

  constructor(list: KeyList, previous: Table | undefined) {
    this.#list = list;
    this.#previous = previous;
  }

  /** The objects that hold `path`: its parent, under each name that its type has had. */
  owners(path: string): Typed[] {
    if (!path.includes('.')) return [{ type: root, ...always }];
    const owners = new Map<string, Typed>();
    for (const { type: name, since, until } of this.typed(path.slice(0, path.lastIndexOf('.')))) {
      const type = name.replace(/^\*/, '');
      // Sorted by release, so that a type that was named anew and is the same one goes on.
      owners.set(type, { type, since: owners.has(type) ? (owners.get(type)?.since ?? null) : since, until });
    }
    return [...owners.values()];
  }

  typed(path: string): Typed[] {
    let typed = this.#known.get(path);
    if (typed === undefined) {
      typed = (this.#list.keys[path] ?? []).flatMap((key) => this.#typesOf(path, key));
      this.#known.set(path, typed);
    }
    return typed;
  }

  #typesOf(path: string, key: Key): Typed[] {
    const earlier = key.type === undefined ? this.#earlierTypes(path, key) : [];
    const types = earlier.length > 0 ? earlier : [{ type: this.#nameFor(path, key), ...always }];
    return types.flatMap(({ type, ...range }) => {
      const both = this.#intersection(range, key);
      if (both === undefined) return [];
      return key.oneof === undefined ? [{ type, ...both }] : [{ type, ...both, oneof: key.oneof }];
    });
  }

  /** The types of the same kind that `path` had in the earlier table. */
  #earlierTypes(path: string, key: Key): Typed[] {
    const found = isElement(path)
      ? this.typed(path.slice(0, path.endsWith('[]') ? -2 : -3)).map(({ type, ...range }) => ({
          type: type.replace(/^(\[\]|map\[\w+\])/, ''),
          ...range,
        }))
      : this.owners(path).flatMap((owner) =>
          (this.#previous?.types[owner.type]?.[path.split('.').at(-1) ?? ''] ?? []).flatMap(
            ([type, since, until]) => {
              const both = this.#intersection({ since, until }, owner);
              return both === undefined ? [] : [{ type, ...both }];
            },
          ),
        );
    return found.filter(({ type }) => kindOf(type) === key.kind);
  }

  /** A name for what no earlier table knows. */
  #nameFor(path: string, key: Key): string {
    const named = key.type ?? key.custom ?? key.message;
    if (named !== undefined)
      return scalars.has(key.kind) && named !== key.kind ? `${named}:${key.kind}` : named;
    const element = (of: string) => {
      const inner = this.#list.keys[of]?.at(-1);
      return inner === undefined ? 'string' : this.#nameFor(of, inner);
    };
    switch (key.kind) {
      case 'enum':
        return `enum:${(key.values ?? []).join(',')}`;
      case 'duration':
        return 'time.Duration';
      case 'array':
        return `[]${element(`${path}[]`)}`;
      case 'map':
        return `map[string]${element(`${path}.{}`)}`;
      case 'object':
        return `config.${camel(
          path
            .replace(/(\[\]|\.\{\})+$/, '')
            .split('.')
            .at(-1) ?? '',
        )}Config`;
      default:
        return key.kind;
    }
  }

  overlap(a: Range, b: Range): boolean {
    return !this.earlier(a.until, b.since) && !this.earlier(b.until, a.since);
  }

  /** Is release `a` older than `b`? Never, where one of them is open. */
  earlier(a: string | null, b: string | null): boolean {
    const order = (version: string) => this.#list.versions.indexOf(version);
    return a !== null && b !== null && order(a) < order(b);
  }

  #intersection(a: Range, b: Range): Range | undefined {
    if (!this.overlap(a, b)) return undefined;
    return {
      since: a.since === null || this.earlier(a.since, b.since) ? b.since : a.since,
      until: a.until === null || this.earlier(b.until, a.until) ? b.until : a.until,
    };
  }
}

const scalars = new Set(
  'string bool int int32 int64 uint8 uint16 uint32 uint64 float32 float64 double'.split(' '),
);

/** The kind in a list of keys whose type is `type`. */
function kindOf(type: string): string {
  const [name = '', scalar] = type.split(':');
  if (name === 'enum') return name;
  if (scalar !== undefined) return scalar;
  if (name === 'time.Duration') return 'duration';
  if (name.startsWith('[]')) return 'array';
  if (name.startsWith('map[')) return 'map';
  if (/^\*?livekit\./.test(name)) return 'proto';
  return name.includes('.') ? 'object' : name;
}

const isElement = (path: string): boolean => /(\[\]|\{\})$/.test(path);

/** Two paths with one type may know different halves of a range. */
function add(fields: Record<string, Field[]>, name: string, field: Field): void {
  fields[name] ??= [];
  const same = fields[name].find((other) => other[0] === field[0]);
  if (same === undefined) {
    fields[name].push(field);
  } else {
    same[1] ??= field[1];
    same[2] ??= field[2];
  }
}

/** The fields of each message, by number. Those that are gone keep theirs; the library doesn't list them. */
function numbersOf(types: readonly string[]): Table['numbers'] {
  const gone: Table['numbers'] = { 'livekit.RoomConfiguration': { 6: 'agent' } };
  const messages = protocol as unknown as Record<
    string,
    { fields: { list(): { no: number; name: string }[] } }
  >;
  const own = types.filter((name) => name.startsWith('livekit.'));
  return Object.fromEntries(
    own.map((name) => {
      const fields = messages[name.slice('livekit.'.length)]?.fields.list() ?? [];
      return [name, { ...gone[name], ...Object.fromEntries(fields.map(({ no, name }) => [no, name])) }];
    }),
  );
}

function camel(name: string): string {
  return name.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}
