import { atLeast } from '../livekit/versions.ts';

/**
 * What differs between livekit-server releases in the part of it that the emulator plays. Each boundary is the
 * release whose change log names it, or the first release it was measured on.
 */
export interface Behaviour {
  version: string;
  /** The library that reads tokens: it words its refusals, and go-jose also takes HS384 and HS512. */
  tokens: 'go-jose' | 'golang-jwt';
  /** `/rtc/v1` with `join_request`, `attributes=` at `/rtc`, `participant_connection_aborted`. */
  joinRequests: boolean;
  /** At `/rtc/v1` the token is looked at before the join request. */
  tokenFirst: boolean;
  /** A token without a room is refused; before, the `room` parameter or no name at all would do. */
  roomRequired: boolean;
  /** A RequestResponse carries the request it answers, and refused tracks and mutes get one. */
  echoesRequests: boolean;
  /** ForwardParticipant and MoveParticipant are routes. */
  movesParticipants: boolean;
  performsRpc: boolean;
  /** `RemoveParticipant` of nobody: its own message, or that of the other calls. */
  removalMessage: 'participant not found' | undefined;
  /** `UpdateParticipant` looks for the participant before it passes the request on. */
  findsBeforeUpdate: boolean;
  /** StartEgress, which takes every kind of egress. */
  startEgress: boolean;
  /** Without Redis, what isn't a start: a panic caught by Twirp, or a proper error. */
  egressPanics: boolean;
  /** As the release spells it. */
  unknownPreset: string;
  /** The signalling protocol it announces. */
  protocol: number;
  /** Codecs of a room by default. */
  codecs: readonly string[];
  /** A token with roomCreate joins a room that doesn't exist, where rooms aren't made by joining. */
  creatorsJoin: boolean;
  /** Fields of a token's roomConfig that the release doesn't know yet. Before 1.12 one unknown field refuses the token. */
  roomConfig: { lacks: readonly string[]; strict: boolean };
  /** Largest metadata and attributes by default, in bytes. */
  limits: { metadata: number; attributes: number };
}

const early = ['audio/opus', 'audio/red', 'video/VP8', 'video/H264', 'video/VP9', 'video/AV1', 'video/rtx'];
const late = [
  ...['audio/PCMU', 'audio/PCMA', 'audio/opus', 'audio/red'],
  ...['video/VP8', 'video/H264', 'video/VP9', 'video/AV1', 'video/H265', 'video/rtx'],
];

/** How the server of `version` behaves. */
export function behaviourOf(version: string): Behaviour {
  const since = (first: string) => atLeast(version, first);
  return {
    version,
    tokens: since('1.13.0') ? 'golang-jwt' : 'go-jose',
    joinRequests: since('1.9.1'),
    tokenFirst: since('1.11.0'),
    roomRequired: since('1.9.1'),
    echoesRequests: since('1.9.2'),
    movesParticipants: since('1.9.0'),
    performsRpc: since('1.9.1'),
    removalMessage: since('1.10.0') ? undefined : 'participant not found',
    findsBeforeUpdate: since('1.9.0'),
    startEgress: since('1.13.0'),
    egressPanics: !since('1.9.12'),
    unknownPreset: since('1.9.1')
      ? 'unknown room configuration in create room request'
      : 'unknown room confguration in create room request',
    protocol: since('1.10.0') ? 17 : since('1.9.0') ? 16 : 15,
    codecs: since('1.9.1') ? late : early,
    creatorsJoin: since('1.12.0'),
    roomConfig: {
      lacks: since('1.10.0') ? [] : since('1.9.1') ? ['tags'] : ['tags', 'metadata'],
      strict: !since('1.12.0'),
    },
    limits: since('1.13.2')
      ? { metadata: 524_288, attributes: 65_536 }
      : { metadata: 64_000, attributes: 64_000 },
  };
}
