import type { Behaviour } from './behaviour.ts';

/** What the emulator heeds of a LiveKit configuration. The rest concerns media, which it hasn't. */
export interface Settings {
  keys: Readonly<Record<string, string>>;
  webhook: { urls: readonly string[]; apiKey: string };
  region: string;
  room: {
    autoCreate: boolean;
    /** Seconds. */
    emptyTimeout: number;
    /** Seconds. */
    departureTimeout: number;
    /** 0: no limit. */
    maxParticipants: number;
    enableRemoteUnmute: boolean;
    codecs: readonly string[];
    /** Named settings for CreateRoom and tokens, as protobuf JSON. */
    presets: Readonly<Record<string, unknown>>;
  };
  limit: {
    roomName: number;
    identity: number;
    name: number;
    /** Bytes. */
    metadata: number;
    /** Bytes, keys and values together. */
    attributes: number;
  };
}

type Section = Record<string, unknown>;

/**
 * Settings from a decoded configuration of livekit-server, with the server's defaults for what it doesn't say. It
 * was checked before: values have the types the server wants.
 */
export function settingsFrom(config: Section, behaviour: Behaviour): Settings {
  const room = section(config['room']);
  const limit = section(config['limit']);
  const webhook = section(config['webhook']);
  const codecs = room['enabled_codecs'] as Section[] | undefined;
  return {
    keys: section(config['keys']) as Record<string, string>,
    webhook: {
      urls: (webhook['urls'] as string[] | undefined) ?? [],
      apiKey: (webhook['api_key'] as string | undefined) ?? '',
    },
    region: (config['region'] as string | undefined) ?? '',
    room: {
      autoCreate: (room['auto_create'] as boolean | undefined) ?? true,
      emptyTimeout: whole(room['empty_timeout'], 300),
      departureTimeout: whole(room['departure_timeout'], 20),
      maxParticipants: whole(room['max_participants'], 0),
      enableRemoteUnmute: room['enable_remote_unmute'] === true,
      codecs: codecs?.map((codec) => String(codec['mime'])) ?? behaviour.codecs,
      presets: section(room['room_configurations']),
    },
    limit: {
      roomName: whole(limit['max_room_name_length'], 256),
      identity: whole(limit['max_participant_identity_length'], 256),
      name: whole(limit['max_participant_name_length'], 256),
      metadata: whole(limit['max_metadata_size'], behaviour.limits.metadata),
      attributes: whole(limit['max_attributes_size'], behaviour.limits.attributes),
    },
  };
}

function section(value: unknown): Section {
  return typeof value === 'object' && value !== null ? (value as Section) : {};
}

function whole(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : fallback;
}
