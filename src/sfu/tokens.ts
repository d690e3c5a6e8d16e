/**
 * LiveKit access tokens: JWTs, signed HS256, with the API key as issuer and the grants as claims.
 *
 * The SDK's AccessToken makes the same token, but importing it costs 150 ms: it pulls in all of LiveKit's protocol
 * messages. `bedrud token create` should start like a small tool, so the claims are built here and
 * test/sfu/tokens.test.ts holds them against the SDK, claim by claim.
 */
import type {
  InferenceGrant,
  ObservabilityGrant,
  VideoGrant as SdkVideoGrant,
  SIPGrant,
} from 'livekit-server-sdk';
import { signJwt } from '../core/jwt.ts';

/** What a track carries, in the words of tokens. */
export const trackSources = ['camera', 'microphone', 'screen_share', 'screen_share_audio'] as const;
export type TrackSourceName = (typeof trackSources)[number];

/** The SDK's grant, with track sources in words as they stand in the token. */
export type VideoGrant = Omit<SdkVideoGrant, 'canPublishSources'> & { canPublishSources?: TrackSourceName[] };

/** The claims that say what the holder may do. */
export interface Grants {
  video?: VideoGrant;
  sip?: SIPGrant;
  inference?: InferenceGrant;
  observability?: ObservabilityGrant;
  /** Manage agent dispatches; known to the server, not yet to the SDK. */
  agent?: { admin?: boolean };
}

export interface TokenSpec {
  /** Who holds it. A token that joins a room must have one. */
  identity?: string;
  /** The display name. */
  name?: string;
  /** The room to join: short for the grants `roomJoin` and `room`, which {@link grants} may override. */
  room?: string;
  /** From now to its end, in milliseconds; {@link defaultTtlMs}. Counted in whole seconds. */
  ttlMs?: number;
  grants?: Grants;
  metadata?: string;
  attributes?: Record<string, string>;
  /** `standard`, `agent`, `sip`, `ingress`, `egress`, …: what kind of participant joins. */
  kind?: string;
  /** LiveKit's RoomConfiguration as JSON, applied when this participant's join creates the room. */
  roomConfig?: Record<string, unknown>;
  /** A preset of LiveKit Cloud. */
  roomPreset?: string;
}

export interface ApiKeys {
  apiKey: string;
  apiSecret: string;
}

/**
 * Ten minutes: a token is needed for joining only. While a participant is connected the server renews it.
 */
export const defaultTtlMs = 600_000;

/** Signs a token that is valid from `now` on. */
export function mintToken(keys: ApiKeys, spec: TokenSpec, now = new Date()): string {
  return signJwt(claimsOf(keys.apiKey, spec, now), keys.apiSecret);
}

function claimsOf(apiKey: string, spec: TokenSpec, now: Date): Record<string, unknown> {
  const seconds = Math.floor(now.getTime() / 1000);
  const { video, ...otherGrants } = spec.grants ?? {};
  return {
    name: spec.name,
    metadata: spec.metadata,
    attributes: spec.attributes,
    kind: spec.kind,
    video: spec.room === undefined ? video : { roomJoin: true, room: spec.room, ...video },
    ...otherGrants,
    roomConfig: spec.roomConfig,
    roomPreset: spec.roomPreset,
    iss: apiKey,
    sub: spec.identity,
    nbf: seconds,
    exp: seconds + Math.floor((spec.ttlMs ?? defaultTtlMs) / 1000),
  };
}
