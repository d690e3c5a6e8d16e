/** The version table as a JSON Schema, for editors. Lint is stricter, and right where the two differ. */
import { fieldVariants, keysFor, rootType, variantFor } from './table.ts';

type Schema = Record<string, unknown>;

const integers: Record<string, Schema> = {
  int: {},
  int32: { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  int64: {},
  uint8: { minimum: 0, maximum: 2 ** 8 - 1 },
  uint16: { minimum: 0, maximum: 2 ** 16 - 1 },
  uint32: { minimum: 0, maximum: 2 ** 32 - 1 },
  uint64: { minimum: 0 },
};
/** `7882`, `7882-7892`, or with `start` and `end`. */
const portRange: Schema = {
  type: ['integer', 'string', 'object', 'null'],
  pattern: '^\\d+( *- *\\d+)?$',
  properties: { start: { type: ['integer', 'null'] }, end: { type: ['integer', 'null'] } },
  additionalProperties: false,
};
const nodeIp = 'an IPv4 address, an IPv6 address, or both with a comma between';

/** A JSON Schema (draft 7) of what livekit-server `version` takes. */
export function liveKitSchema(version: string): Schema {
  const definitions: Record<string, Schema> = {};
  const root = schemaOf(rootType, version, definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `livekit-server ${version}`,
    ...root,
    definitions,
  };
}

function schemaOf(type: string, version: string, definitions: Record<string, Schema>): Schema {
  const inner = (name: string) => schemaOf(name, version, definitions);
  const [name = '', named] = type.replace(/^\*/, '').split(':');
  if (name === 'enum') return { enum: named?.split(',') };
  if (named !== undefined) return inner(named);
  if (name === 'string') return { type: ['string', 'number', 'boolean', 'null'] };
  if (name === 'bool') return { type: ['boolean', 'null'] };
  if (name === 'time.Duration')
    return { type: ['string', 'null'], pattern: '^[-+]?([0-9.]+(ns|us|µs|ms|s|m|h))+$' };
  if (/^float|^double$/.test(name)) return { type: ['number', 'null'] };
  if (integers[name] !== undefined) return { type: ['integer', 'null'], ...integers[name] };
  if (name.startsWith('[]')) return { type: ['array', 'null'], items: inner(name.slice(2)) };
  const map = name.match(/^map\[(\w+)\](.+)$/);
  if (map) return { type: ['object', 'null'], additionalProperties: inner(map[2] ?? '') };
  if (name === 'rtcconfig.PortRange') return portRange;
  if (name === 'rtcconfig.NodeIP') return { type: 'string', description: nodeIp };
  if (name !== rootType && definitions[name] !== undefined) return { $ref: `#/definitions/${name}` };
  const schema: Schema = { type: ['object', 'null'], additionalProperties: false };
  if (name !== rootType) definitions[name] = schema;
  const properties: Record<string, Schema> = {};
  schema['properties'] = properties;
  for (const key of keysFor(name, version)) {
    const field = variantFor(fieldVariants(name, key), version);
    if (field === undefined) continue;
    const property = inner(field.type);
    properties[key] = property;
    // Protobuf messages take their fields in lowerCamelCase as well.
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (name.startsWith('livekit.') && camel !== key) properties[camel] = property;
  }
  return name === rootType ? schema : { $ref: `#/definitions/${name}` };
}
