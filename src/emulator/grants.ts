import { ParticipantInfo_Kind, ParticipantPermission, TrackSource } from '@livekit/protocol';

/** The `video` claim, as it stands in a token. */
export interface VideoGrant {
  roomCreate?: boolean;
  roomList?: boolean;
  roomRecord?: boolean;
  roomAdmin?: boolean;
  roomJoin?: boolean;
  room?: string;
  destinationRoom?: string;
  canPublish?: boolean;
  canSubscribe?: boolean;
  canPublishData?: boolean;
  canPublishSources?: string[];
  canUpdateOwnMetadata?: boolean;
  canSubscribeMetrics?: boolean;
  canManageAgentSession?: boolean;
  ingressAdmin?: boolean;
  hidden?: boolean;
  recorder?: boolean;
  agent?: boolean;
}

/** What a verified token says. */
export interface Claims {
  /** `sub`, or `jti` where there is none. */
  identity: string;
  name: string;
  kind: string;
  metadata: string;
  attributes: Record<string, string>;
  video?: VideoGrant;
  /** Settings for the room, when this participant is the first in it. */
  roomConfig?: Record<string, unknown>;
  roomPreset: string;
  /** Seconds since 1970. */
  expiresAt?: number;
}

/** What a participant may do: what isn't said is allowed, except to change its own metadata. */
export function permissionOf(video: VideoGrant): ParticipantPermission {
  const canPublish = video.canPublish ?? true;
  return new ParticipantPermission({
    canPublish,
    canSubscribe: video.canSubscribe ?? true,
    canPublishData: video.canPublishData ?? canPublish,
    canPublishSources: (video.canPublishSources ?? []).map(sourceOf),
    canUpdateMetadata: video.canUpdateOwnMetadata ?? false,
    hidden: video.hidden ?? false,
    recorder: video.recorder ?? false,
    agent: video.agent ?? false,
    canSubscribeMetrics: video.canSubscribeMetrics ?? false,
    canManageAgentSession: video.canManageAgentSession ?? false,
  });
}

/** `video` with a permission in place of what it said. */
export function withPermission(video: VideoGrant, permission: ParticipantPermission): VideoGrant {
  return {
    ...video,
    canPublish: permission.canPublish,
    canSubscribe: permission.canSubscribe,
    canPublishData: permission.canPublishData,
    canPublishSources: permission.canPublishSources.map((source) => TrackSource[source].toLowerCase()),
    canUpdateOwnMetadata: permission.canUpdateMetadata,
    hidden: permission.hidden,
    recorder: permission.recorder,
    agent: permission.agent,
    canSubscribeMetrics: permission.canSubscribeMetrics,
    canManageAgentSession: permission.canManageAgentSession,
  };
}

/** May `permission` publish from `source`? Named sources narrow it down. */
export function mayPublish(permission: ParticipantPermission, source: TrackSource): boolean {
  const { canPublish, canPublishSources } = permission;
  return canPublish && (canPublishSources.length === 0 || canPublishSources.includes(source));
}

export function kindOf(kind: string): ParticipantInfo_Kind {
  const named = ParticipantInfo_Kind[kind.toUpperCase() as keyof typeof ParticipantInfo_Kind];
  return typeof named === 'number' ? named : ParticipantInfo_Kind.STANDARD;
}

function sourceOf(source: string): TrackSource {
  const named = TrackSource[source.toUpperCase() as keyof typeof TrackSource];
  return typeof named === 'number' ? named : TrackSource.UNKNOWN;
}
