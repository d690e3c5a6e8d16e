/**
 * Writes schemas/livekit/keys.json from a list of the keys that each livekit-server release parses:
 *
 *   npx tsx scripts/refresh-livekit-table.ts KEYS.json
 *
 * KEYS.json: `{ versions: [...], keys: { "rtc.tcp_port": [{ kind, since, until, type?, values?, message?, oneof? }] } }`, `[]` in
 * a path being a list's item and `{}` a map's value; `type` is the Go type, by which the server names an object in its
 * messages. Where it is missing, the type that the present table has at that path is kept.
 *
 * The table groups keys by type, since many appear more than once: `types[type][key]` is a list of
 * `[type, since, until, oneof?]`, since and until null where the type has always, or still, had the key. A type with a
 * name of its own for a scalar is written `name:kind`. `numbers[type][number]` is the name of a protobuf message's field,
 * out of @livekit/protocol: protoyaml takes either.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as protocol from '@livekit/protocol';

interface Entry {
  kind: string;
  since: string | null;
  until: string | null;
  type?: string;
  values?: string[];
  message?: string;
  oneof?: string;
  custom?: string;
}
type Field = [type: string, since: string | null, until: string | null, oneof?: string];
interface Table {
  versions: string[];
  types: Record<string, Record<string, Field[]>>;
  numbers: Record<string, Record<number, string>>;
}

const file = fileURLToPath(new URL('../schemas/livekit/keys.json', import.meta.url));
const input: { versions: string[]; keys: Record<string, Entry[]> } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
);
const previous = readTable();
const types: Table['types'] = { 'config.Config': {} };
const scalars = new Set(['string', 'bool', 'int', 'int32', 'int64', 'uint32', 'float32', 'float64']);
const order = (version: string) => input.versions.indexOf(version);

for (const [path, entries] of Object.entries(input.keys)) {
  const name = path.split('.').at(-1) ?? '';
  if (name.endsWith('[]') || name === '{}') continue;
  for (const owner of ownersOf(path)) {
    if (owner.entry.kind !== 'object' && owner.entry.kind !== 'proto') continue;
    const fields = types[owner.type] ?? {};
    types[owner.type] = fields;
    for (const entry of entries) {
      if (!overlap(entry, owner.entry)) continue;
      add(fields, name, [
        typeOf(path, entry),
        entry.since === owner.entry.since || earlier(entry.since, owner.entry.since) ? null : entry.since,
        entry.until === owner.entry.until || earlier(owner.entry.until, entry.until) ? null : entry.until,
        ...(entry.oneof === undefined ? [] : [entry.oneof]),
      ] as Field);
    }
  }
}
const table: Table = { versions: input.versions, types, numbers: numbersOf(Object.keys(types)) };
const lines = (entries: object) =>
  Object.entries(entries)
    .map(([type, fields]) => `  ${JSON.stringify(type)}: ${JSON.stringify(fields)}`)
    .join(',\n');
writeFileSync(
  file,
  `{"versions": ${JSON.stringify(table.versions)},\n "types": {\n${lines(table.types)}\n },\n "numbers": {\n${lines(table.numbers)}\n }}\n`,
);

/** The fields of each message, by number. Those that are gone keep theirs; the library doesn't list them. */
function numbersOf(names: readonly string[]): Table['numbers'] {
  const gone: Table['numbers'] = { 'livekit.RoomConfiguration': { 6: 'agent' } };
  const messages = protocol as unknown as Record<
    string,
    { fields: { list(): { no: number; name: string }[] } }
  >;
  const own = names.filter((name) => name.startsWith('livekit.'));
  return Object.fromEntries(
    own.map((name) => {
      const fields = messages[name.slice('livekit.'.length)]?.fields.list() ?? [];
      return [name, { ...gone[name], ...Object.fromEntries(fields.map(({ no, name }) => [no, name])) }];
    }),
  );
}

/** The objects that hold `path`: its parent, under each name that its type has had. */
function ownersOf(path: string): { type: string; entry: Entry }[] {
  const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
  if (parent === '') return [{ type: 'config.Config', entry: { kind: 'object', since: null, until: null } }];
  return (input.keys[parent] ?? []).map((entry) => ({ type: elementOf(typeOf(parent, entry)), entry }));
}

function typeOf(path: string, entry: Entry): string {
  if (entry.type !== undefined)
    return scalars.has(entry.kind) && entry.type !== entry.kind ? `${entry.type}:${entry.kind}` : entry.type;
  if (entry.message !== undefined) return entry.message;
  if (entry.kind === 'enum') return `enum:${(entry.values ?? []).join(',')}`;
  if (entry.kind === 'duration') return 'time.Duration';
  if (entry.kind === 'array') return `[]${elementType(`${path}[]`)}`;
  if (entry.kind === 'map') return `map[string]${elementType(`${path}.{}`)}`;
  if (entry.kind === 'object')
    return previousType(path) ?? `config.${camel(path.split('.').at(-1) ?? '')}Config`;
  return entry.kind;
}

function elementType(path: string): string {
  const entry = input.keys[path]?.at(-1);
  return entry === undefined ? 'string' : typeOf(path, entry);
}

function elementOf(type: string): string {
  return type.replace(/^(\[\]|map\[\w+\]|\*)+/, '');
}

/** What the table in the repository says of the object at `path`. */
function previousType(path: string): string | undefined {
  let type = 'config.Config';
  for (const part of path.split('.')) {
    if (part === '{}') continue;
    const next = previous?.types?.[type]?.[part.replace(/\[\]$/, '')]?.at(-1)?.[0];
    if (next === undefined) return undefined;
    type = elementOf(next);
  }
  return type;
}

/** Two paths with one type may know different halves of a range. */
function add(fields: Record<string, Field[]>, name: string, field: Field): void {
  const known = fields[name] ?? [];
  fields[name] = known;
  const same = known.find((other) => other[0] === field[0]);
  if (same === undefined) {
    known.push(field);
  } else {
    same[1] ??= field[1];
    same[2] ??= field[2];
  }
}

function overlap(a: Entry, b: Entry): boolean {
  return !earlier(a.until, b.since) && !earlier(b.until, a.since);
}

function earlier(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && order(a) < order(b);
}

function camel(name: string): string {
  return name.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}

function readTable(): Table | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
