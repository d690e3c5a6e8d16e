import { RoomConfiguration } from '@livekit/protocol';
import { reasonOf } from '../core/errors.ts';
import type { Behaviour } from './behaviour.ts';
import type { Claims, VideoGrant } from './grants.ts';

type Json = Record<string, unknown>;

/** A claim's type, as the server declares it. */
type Shape = 'string' | 'bool' | '[]string' | 'map[string]string' | Struct;
interface Struct {
  /** As Go's JSON decoder names it. */
  type: string;
  fields: Readonly<Record<string, Shape>>;
}

const booleans = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'bool' as const]));

const grants: Struct = {
  type: 'auth.ClaimGrants',
  fields: {
    ...{ identity: 'string', name: 'string', kind: 'string', roomPreset: 'string', sha256: 'string' },
    metadata: 'string',
    attributes: 'map[string]string',
    video: {
      type: 'auth.VideoGrant',
      fields: {
        ...booleans('roomCreate', 'roomList', 'roomRecord', 'roomAdmin', 'roomJoin', 'ingressAdmin'),
        ...booleans('canPublish', 'canSubscribe', 'canPublishData', 'canUpdateOwnMetadata'),
        ...booleans('canSubscribeMetrics', 'canManageAgentSession', 'hidden', 'recorder', 'agent'),
        ...{ room: 'string', destinationRoom: 'string', canPublishSources: '[]string' },
      },
    },
    sip: { type: 'auth.SIPGrant', fields: booleans('admin', 'call') },
  },
};

/** What Go's JSON decoder says of the first claim that it can't read. */
export function mistyped(claims: Json, behaviour: Behaviour): string | undefined {
  const config = claims['roomConfig'];
  return (
    (config ? wrongRoomConfig(config, behaviour) : undefined) ??
    wrongFields(claims, grants, 'tokenClaims', 'ClaimGrants', behaviour)
  );
}

/** The claims by their names, once {@link mistyped} has nothing to say. */
export function claimsOf(claims: Json): Claims {
  const text = (name: string) => (claims[name] as string | undefined) ?? '';
  const { video, attributes, roomConfig, exp } = claims;
  return {
    identity: text('sub') || text('jti'),
    name: text('name'),
    kind: text('kind'),
    metadata: text('metadata'),
    roomPreset: text('roomPreset'),
    attributes: withoutNulls((attributes as Json | undefined) ?? {}) as Record<string, string>,
    ...(video ? { video: withoutNulls(video as Json) as VideoGrant } : {}),
    ...(roomConfig ? { roomConfig: roomConfig as Json } : {}),
    ...(typeof exp === 'number' ? { expiresAt: exp } : {}),
  };
}

/** Go leaves a field as it is when the value is null. */
export function withoutNulls(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/**
 * `claims` with names as they are declared: since 1.13 the server takes them in any case, as Go's own JSON package
 * does.
 */
export function foldNames(claims: Json, { fields } = grants): Json {
  const declared = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
  const folded = Object.entries(claims).map(([name, value]) => {
    const known = declared.get(name.toLowerCase()) ?? name;
    const shape = Object.hasOwn(fields, known) ? fields[known] : undefined;
    const inner = typeof shape === 'object' && goKind(value) === 'object';
    return [known, inner ? foldNames(value as Json, shape) : value];
  });
  return Object.fromEntries(folded);
}

function wrongFields(
  object: Json,
  { fields }: Struct,
  owner: string,
  path: string,
  behaviour: Behaviour,
): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const wrong = shape && wrongValue(value, shape, owner, `${path}.${name}`, behaviour);
    if (wrong) return wrong;
  }
  return undefined;
}

function wrongValue(
  value: unknown,
  shape: Shape,
  owner: string,
  path: string,
  behaviour: Behaviour,
): string | undefined {
  if (value === null || value === undefined) return undefined;
  const type = typeof shape === 'string' ? shape : shape.type;
  const [kind, element] = kinds[type] ?? ['object'];
  if (goKind(value) !== kind) {
    const where = behaviour.tokens === 'golang-jwt' ? `struct field ${owner}.${path}` : 'value';
    return `json: cannot unmarshal ${goKind(value)} into Go ${where} of type ${type}`;
  }
  if (typeof shape === 'object') {
    return wrongFields(value as Json, shape, type.replace('auth.', ''), path, behaviour);
  }
  if (!element) return undefined;
  for (const item of Object.values(value as object)) {
    const wrong = wrongValue(item, element, owner, path, behaviour);
    if (wrong) return wrong;
  }
  return undefined;
}

const kinds: Record<string, [kind: string, element?: Shape]> = {
  string: ['string'],
  bool: ['bool'],
  '[]string': ['array', 'string'],
  'map[string]string': ['object', 'string'],
};

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What is wrong with the room's settings, where one field that the release doesn't know refuses the token. */
function wrongRoomConfig(config: unknown, { roomConfig }: Behaviour): string | undefined {
  if (goKind(config) !== 'object')
    return `proto: syntax error (line 1:1): unexpected token ${JSON.stringify(config)}`;
  const known = RoomConfiguration.fields.list().flatMap(({ name, jsonName }) => [name, jsonName]);
  const unknown = Object.keys(config as Json).find(
    (name) => !known.includes(name) || roomConfig.lacks.includes(name),
  );
  if (unknown !== undefined && roomConfig.strict) {
    const column = JSON.stringify(config).indexOf(JSON.stringify(unknown)) + 1;
    return `proto: (line 1:${column}): unknown field "${unknown}"`;
  }
  try {
    RoomConfiguration.fromJson(config as never, { ignoreUnknownFields: true });
    return undefined;
  } catch (error) {
    return `proto: ${reasonOf(error)}`;
  }
}
