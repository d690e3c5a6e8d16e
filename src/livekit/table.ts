/** Which keys each livekit-server release knows, and the Go type of each: schemas/livekit/keys.json, made usable. */
import table from '../../schemas/livekit/keys.json' with { type: 'json' };
import { readNodeIp, readPortRange } from './custom-types.ts';
import { messageType } from './protoyaml.ts';
import { knownVersions, snapVersion } from './versions.ts';
import type { GoType, ScalarKind } from './yaml/types.ts';

/** A key of a type: its own type, and the releases that have it (null: the oldest listed, or the newest still). */
export interface Field {
  type: string;
  since: string | null;
  until: string | null;
  /** Protobuf: only one field of this group may be set. */
  oneof?: string;
}

type Row = [type: string, since: string | null, until: string | null, oneof?: string];
const rows = table.types as unknown as Record<string, Record<string, Row[]>>;
export const rootType = 'config.Config';

const numbers: Record<string, Record<number, string>> = table.numbers;

/** What `key` of `type` is and was; empty where no release knows it. A message's fields go by name or by number. */
export function fieldVariants(type: string, key: string): Field[] {
  const fields = rows[type];
  if (fields === undefined) return [];
  const name = /^\+?\d+$/.test(key) ? (numbers[type]?.[Number(key)] ?? key) : key;
  if (!Object.hasOwn(fields, name)) return [];
  return (fields[name] ?? []).map(([type, since, until, oneof]) =>
    oneof === undefined ? { type, since, until } : { type, since, until, oneof },
  );
}

/** The variant of a field that `version` has. */
export function variantFor(fields: readonly Field[], version: string): Field | undefined {
  const at = knownVersions.indexOf(snapVersion(version));
  return fields.find(
    ({ since, until }) =>
      (since === null || knownVersions.indexOf(since) <= at) &&
      (until === null || at <= knownVersions.indexOf(until)),
  );
}

/** Every key that `type` has or had. */
export function keysIn(type: string): string[] {
  return Object.keys(rows[type] ?? {});
}

/** The keys that `type` has in `version`. */
export function keysFor(type: string, version: string): string[] {
  return keysIn(type).filter((key) => variantFor(fieldVariants(type, key), version));
}

/** `[]config.RegionConfig` and `map[string]config.RegionConfig` → `config.RegionConfig`. */
export function elementType(type: string): string {
  return type.replace(/^(\[\]|map\[\w+\]|\*)+/, '');
}

/** What the table says of a dotted path, items of lists and values of maps included: `rtc.turn_servers[].host`. */
export function fieldAt(path: string): { owner: string; variants: Field[] } | undefined {
  let owner = rootType;
  let variants: Field[] = [];
  for (const part of path.split('.')) {
    if (part === '{}') continue;
    if (variants.length > 0) owner = elementType(variants.at(-1)?.type ?? '');
    variants = fieldVariants(owner, part.replace(/(\[\])+$/, ''));
    if (variants.length === 0) return undefined;
  }
  return { owner, variants };
}

/** Dotted paths at which `version` takes a key of this name: `node_ip` → `rtc.node_ip`. The shallowest first. */
export function pathsOf(key: string, version: string): string[] {
  const found: string[] = [];
  const visit = (type: string, path: string, depth: number) => {
    for (const name of keysFor(type, version)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (name === key) found.push(at);
      const inner = variantFor(fieldVariants(type, name), version)?.type;
      if (inner !== undefined && depth < 4 && rows[inner] !== undefined) visit(inner, at, depth + 1);
    }
  };
  visit(rootType, '', 0);
  return found.sort((a, b) => a.split('.').length - b.split('.').length);
}

/** Looks a field of a type up in one release. */
export type FieldOf = (type: string, key: string) => Field | undefined;

/** The configuration's type in `version`, for decoding. */
export function configType(version: string): GoType {
  const release = snapVersion(version);
  const known = configTypes.get(release);
  if (known !== undefined) return known;
  const type = goType(rootType, release, (name, key) => variantFor(fieldVariants(name, key), release));
  configTypes.set(release, type);
  return type;
}

const configTypes = new Map<string, GoType>();
const scalars = new Set<string>(
  'string bool int int32 int64 uint8 uint16 uint32 uint64 float32 float64'.split(' '),
);

/** The type that `name` is Go's name of; fields are looked up when they are met. */
export function goType(name: string, version: string, fieldOf: FieldOf): GoType {
  if (scalars.has(name)) return { kind: 'scalar', name, scalar: name as ScalarKind };
  const [own = '', scalar] = name.split(':');
  if (scalar !== undefined) return { kind: 'scalar', name: own, scalar: scalar as ScalarKind };
  if (name.startsWith('*')) return goType(name.slice(1), version, fieldOf);
  if (name === 'time.Duration') return { kind: 'scalar', name, scalar: 'duration' };
  if (name.startsWith('[]')) return { kind: 'list', name, of: goType(name.slice(2), version, fieldOf) };
  const map = name.match(/^map\[(\w+)\](.+)$/);
  if (map) {
    const [, key = '', value = ''] = map;
    return { kind: 'map', name, key: goType(key, version, fieldOf), of: goType(value, version, fieldOf) };
  }
  if (name === 'rtcconfig.PortRange') return { kind: 'custom', name, read: readPortRange };
  if (name === 'rtcconfig.NodeIP') return { kind: 'custom', name, read: readNodeIp };
  if (name === 'interface {}') return { kind: 'custom', name, read: (node) => node.value };
  if (name.startsWith('livekit.')) return messageType(name, version, fieldOf);
  const fields = new Map<string, GoType>();
  return {
    kind: 'struct',
    name,
    field(key) {
      const known = fields.get(key);
      if (known !== undefined) return known;
      const field = fieldOf(name, key);
      const type = field && goType(field.type, version, fieldOf);
      // What users write is without end; what is there is not.
      if (type !== undefined) fields.set(key, type);
      return type;
    },
  };
}
