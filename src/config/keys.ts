/** The JSON Schema as the loader reads it: a tree of sections and keys, and the same keys in a flat list. */
import schema from '../../schemas/bedrud-config.schema.json' with { type: 'json' };

/** What a key holds, after the types of the Go server that reads the same file. */
export type KeyType =
  | 'section'
  | 'text'
  | 'boolean'
  | 'integer'
  /** An integer, or one in quotes. */
  | 'quotableInteger'
  /** A port; a string to the Go server, so that quotes are as good as none. */
  | 'port'
  | 'texts'
  /** Texts by name. */
  | 'textMap'
  /** YAML of any shape. */
  | 'free';

export interface Key {
  /** `livekit.rtc.tcpPort`; empty at the top. */
  path: string;
  type: KeyType;
  description: string;
  default?: unknown;
  examples: readonly unknown[];
  /** Environment variables that win over the file, the first one set first. */
  env: readonly string[];
  secret: boolean;
  choices?: readonly string[];
  /** What a value has to be, where the type says too little. */
  expects?: string;
  minimum?: number;
  maximum?: number;
  /** Of a section, by name. */
  keys: ReadonlyMap<string, Key>;
}

interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: string[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: boolean | SchemaNode;
  'x-env'?: string[];
  'x-secret'?: boolean;
  'x-expects'?: string;
}

const definitions = schema.$defs as Record<string, SchemaNode>;

/** The whole file. */
export const root: Key = keyOf(schema as SchemaNode, '');

/** Every key that holds a value, in the order of the schema. */
export const keys: readonly Key[] = [...leaves(root)];

const byPath = new Map(keys.map((key) => [key.path, key]));

/** The key at `livekit.port`, or undefined; sections are none. */
export function findKey(path: string): Key | undefined {
  return byPath.get(path);
}

function keyOf(given: SchemaNode, path: string): Key {
  const name = given.$ref?.slice('#/$defs/'.length);
  const node: SchemaNode = { ...(name ? definitions[name] : {}), ...given };
  const key: Key = {
    path,
    type: (name as 'port' | 'quotableInteger' | undefined) ?? typeOf(node),
    description: node.description ?? '',
    default: node.default,
    examples: node.examples ?? [],
    env: node['x-env'] ?? [],
    secret: node['x-secret'] ?? false,
    choices: node.enum,
    expects: node['x-expects'],
    minimum: node.minimum,
    maximum: node.maximum,
    keys: new Map(
      Object.entries(node.properties ?? {}).map(([child, childNode]) => [
        child,
        keyOf(childNode, path === '' ? child : `${path}.${child}`),
      ]),
    ),
  };
  return key;
}

function typeOf(node: SchemaNode): KeyType {
  if (node.properties) return 'section';
  if (node.type === 'array') return 'texts';
  if (node.type === 'object') return node.additionalProperties === true ? 'free' : 'textMap';
  return node.type === 'string' ? 'text' : (node.type as 'boolean' | 'integer');
}

function* leaves(key: Key): Iterable<Key> {
  if (key.type !== 'section') yield key;
  for (const child of key.keys.values()) yield* leaves(child);
}
