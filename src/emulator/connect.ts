import { gunzipSync } from 'node:zlib';
import {
  type AddTrackRequest,
  JoinRequest,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from '@livekit/protocol';
import type { ControlPlane, Joining } from './control-plane.ts';
import type { Claims } from './grants.ts';

/** A join that isn't let through: the plain-text answer. */
export class ConnectRefused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Connect extends Joining {
  /** Tracks that the join request announces with it. */
  addTracks: AddTrackRequest[];
}

/** Go's limit for request headers, which join requests share. In bytes. */
const largestJoinRequest = 1 << 20;

const noAccess = () => new ConnectRefused(401, 'no permissions to access the room');

/**
 * Checks a request to `/rtc` or `/rtc/v1`, and to `validate` under either, in the order the server does.
 * @param claims of the token; undefined when there was none
 * @throws ConnectRefused
 */
export function checkConnect(
  plane: ControlPlane,
  query: URLSearchParams,
  claims: Claims | undefined,
  how: { needsJoinRequest: boolean; validating: boolean },
): Connect {
  const { behaviour, settings } = plane;
  const wrapped = behaviour.joinRequests ? (query.get('join_request') ?? '') : '';
  if (behaviour.tokenFirst && !claims?.video) throw noAccess();
  if (how.needsJoinRequest && wrapped === '') throw new ConnectRefused(400, 'join_request is required');
  const joinRequest = wrapped === '' ? undefined : unwrap(wrapped);
  const attributes =
    joinRequest?.participantAttributes ?? (behaviour.joinRequests ? queried(query, how.validating) : {});
  if (!claims?.video) throw noAccess();
  if (!claims.video.roomJoin) throw new ConnectRefused(401, 'permissions denied');
  if (claims.identity === '') throw new ConnectRefused(400, 'identity cannot be empty');
  checkLength(claims.identity, settings.limit.identity, 'participant identity');
  const room = claims.video.room || (behaviour.roomRequired ? '' : (query.get('room') ?? ''));
  if (room === '' && behaviour.roomRequired) throw new ConnectRefused(400, 'no room name');
  checkLength(room, settings.limit.roomName, 'room name');

  const joiner: Claims = { ...claims };
  const publish = joinRequest ? '' : (query.get('publish') ?? '');
  if (publish !== '') {
    if (claims.video.canPublish === false) throw noAccess();
    joiner.identity = `${claims.identity}#${publish}`;
    joiner.video = { ...claims.video, canSubscribe: false };
  }
  const mayCreate = settings.room.autoCreate || (behaviour.creatorsJoin && claims.video.roomCreate === true);
  if (!mayCreate && !plane.rooms.has(room)) throw new ConnectRefused(404, 'requested room does not exist');
  if (joinRequest?.metadata || Object.keys(attributes).length > 0) {
    if (claims.video.canUpdateOwnMetadata !== true) throw noAccess();
    if (joinRequest?.metadata) joiner.metadata = joinRequest.metadata;
    const given = Object.entries(attributes).filter(([, value]) => value !== '');
    joiner.attributes = { ...claims.attributes, ...Object.fromEntries(given) };
  }
  return {
    claims: joiner,
    room,
    protocol: joinRequest?.clientInfo?.protocol ?? (Number(query.get('protocol')) || 0),
    clientProtocol: joinRequest?.clientInfo?.clientProtocol ?? (Number(query.get('client_protocol')) || 0),
    reconnect: joinRequest?.reconnect ?? ['1', 'true'].includes(query.get('reconnect') ?? ''),
    addTracks: joinRequest?.addTrackRequests ?? [],
  };
}

function checkLength(text: string, most: number, what: string): void {
  if (most > 0 && Buffer.byteLength(text) > most)
    throw new ConnectRefused(400, `${what} length exceeds limits: max length ${most}`);
}

function queried(query: URLSearchParams, validating: boolean): Record<string, string> {
  const text = query.get('attributes') ?? '';
  if (text === '') return {};
  try {
    return JSON.parse(decodeBase64(text).toString()) as Record<string, string>;
  } catch {
    // Joining goes on without them; only validate says so.
    if (!validating) return {};
    throw new ConnectRefused(400, 'cannot decode attributes');
  }
}

function unwrap(base64: string): JoinRequest {
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch {
      throw new ConnectRefused(400, `cannot ${what}`);
    }
  };
  const bytes = attempt('base64 decode wrapped join request', () => decodeBase64(base64));
  const wrapped = attempt('unmarshal wrapped join request', () => WrappedJoinRequest.fromBinary(bytes));
  const zipped = wrapped.compression === WrappedJoinRequest_Compression.GZIP;
  const inner = zipped
    ? attempt('read decompressed join request', () =>
        gunzipSync(wrapped.joinRequest, { maxOutputLength: largestJoinRequest }),
      )
    : wrapped.joinRequest;
  return attempt('unmarshal join request', () => JoinRequest.fromBinary(inner));
}

/** Go's URL-safe alphabet, with its padding. */
function decodeBase64(text: string): Buffer {
  if (text.length % 4 !== 0 || !/^[\w-]*={0,2}$/.test(text)) throw new Error('not base64');
  return Buffer.from(text, 'base64url');
}
