import { RoomConfiguration } from '@livekit/protocol';
import { reasonOf } from '../core/errors.ts';
import type { Behaviour } from './behaviour.ts';
import type { Claims, VideoGrant } from './grants.ts';

type Json = Record<string, unknown>;

const kinds: Record<string, 'string' | 'bool'> = {
  identity: 'string',
  name: 'string',
  kind: 'string',
  roomPreset: 'string',
  sha256: 'string',
  metadata: 'string',
};
const videoStrings = new Set(['room', 'destinationRoom']);
const videoBooleans = new Set([
  ...['roomCreate', 'roomList', 'roomRecord', 'roomAdmin', 'roomJoin', 'canPublish', 'canSubscribe'],
  ...['canPublishData', 'canUpdateOwnMetadata', 'ingressAdmin', 'hidden', 'recorder', 'agent'],
  ...['canSubscribeMetrics', 'canManageAgentSession'],
]);

/** What Go's JSON decoder says of the first claim that it can't read. */
export function mistyped(claims: Json, behaviour: Behaviour): string | undefined {
  const golang = behaviour.tokens === 'golang-jwt';
  const complaint = (value: unknown, type: string, owner: string, path: string) =>
    golang
      ? `json: cannot unmarshal ${goKind(value)} into Go struct field ${owner}.ClaimGrants.${path} of type ${type}`
      : `json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`;
  for (const [name, value] of Object.entries(claims)) {
    const type = kinds[name];
    if (type && value !== null && goKind(value) !== type) return complaint(value, type, 'tokenClaims', name);
  }
  const config = claims['roomConfig'];
  const badConfig = config ? wrongRoomConfig(config as Json, behaviour) : undefined;
  if (badConfig) return badConfig;
  const video = claims['video'];
  if (video === undefined || video === null) return undefined;
  if (goKind(video) !== 'object') return complaint(video, 'auth.VideoGrant', 'tokenClaims', 'video');
  for (const [name, value] of Object.entries(video as Json)) {
    const type = videoStrings.has(name) ? 'string' : videoBooleans.has(name) ? 'bool' : undefined;
    if (type && value !== null && goKind(value) !== type)
      return complaint(value, type, 'VideoGrant', `video.${name}`);
    if (name === 'canPublishSources' && value !== null && goKind(value) !== 'array')
      return complaint(value, '[]string', 'VideoGrant', `video.${name}`);
  }
  return undefined;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What is wrong with the room's settings, where one field that the release doesn't know refuses the token. */
function wrongRoomConfig(config: Json, { roomConfig }: Behaviour): string | undefined {
  const known = RoomConfiguration.fields.list().flatMap(({ name, jsonName }) => [name, jsonName]);
  const unknown = Object.keys(config).find(
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

/** The claims by their names, once {@link mistyped} has nothing to say. */
export function claimsOf(claims: Json): Claims {
  const text = (name: string) => (claims[name] as string | null | undefined) ?? '';
  const { video, sip, attributes, roomConfig, exp } = claims;
  return {
    identity: text('sub') || text('jti'),
    name: text('name'),
    kind: text('kind'),
    metadata: text('metadata'),
    roomPreset: text('roomPreset'),
    attributes: { ...(attributes as Record<string, string> | undefined) },
    ...(video ? { video: video as VideoGrant } : {}),
    ...(sip ? { sip: sip as NonNullable<Claims['sip']> } : {}),
    ...(roomConfig ? { roomConfig: roomConfig as Json } : {}),
    ...(typeof exp === 'number' ? { expiresAt: exp } : {}),
  };
}
