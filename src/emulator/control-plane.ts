import {
  CreateRoomRequest,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ReconnectResponse,
  RoomConfiguration,
  ServerInfo,
  ServerInfo_Edition,
} from '@livekit/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Claims } from './grants.ts';
import { id } from './ids.ts';
import { signToken } from './jwt.ts';
import { type Connection, Participant } from './participant.ts';
import type { Recorder } from './recorder.ts';
import { Room } from './room.ts';
import type { Settings } from './settings.ts';
import { inner } from './twirp-error.ts';
import type { Webhooks } from './webhooks.ts';

/** Who is joining, as its token and its query say. */
export interface Joining {
  claims: Claims;
  room: string;
  protocol: number;
  clientProtocol: number;
  reconnect: boolean;
}

/** A refreshed token is good for this long at least. In seconds. */
const refreshedFor = 600;

/** The state of a server: its rooms, which only the calls and connections a real server takes can change. */
export class ControlPlane {
  readonly settings: Settings;
  readonly behaviour: Behaviour;
  readonly serverInfo: ServerInfo;
  readonly rooms = new Map<string, Room>();
  /** Absent: there is no egress service. */
  readonly recorder: Recorder | undefined;
  readonly #webhooks: Webhooks;
  readonly #idle: NodeJS.Timeout;

  constructor(settings: Settings, behaviour: Behaviour, webhooks: Webhooks, recorder?: Recorder) {
    this.settings = settings;
    this.behaviour = behaviour;
    this.recorder = recorder;
    this.#webhooks = webhooks;
    this.serverInfo = new ServerInfo({
      edition: ServerInfo_Edition.Standard,
      version: behaviour.version,
      protocol: behaviour.protocol,
      region: settings.region,
      nodeId: id('ND_'),
      debugInfo: 'bedrud emulator: signalling only, no media',
    });
    this.#idle = setInterval(() => {
      for (const room of [...this.rooms.values()]) room.closeIfIdle();
    }, 1000);
    this.#idle.unref();
  }

  /**
   * The room of that name, made if there is none; one that exists stays as it is.
   * @throws TwirpError when the request names a preset that isn't configured
   */
  getOrCreate(request: CreateRoomRequest): Room {
    const existing = this.rooms.get(request.name);
    if (existing) return existing;
    const room = new Room(this.#withPreset(request), {
      settings: this.settings,
      serverInfo: this.serverInfo,
      webhooks: this.#webhooks,
      closed: ({ name }) => {
        this.rooms.delete(name);
        this.recorder?.roomEnded(name);
      },
    });
    this.rooms.set(request.name, room);
    return room;
  }

  /**
   * The room that `joining` would enter.
   * @returns undefined when the server would drop the session: the room is full, or its preset unknown
   */
  roomFor({ claims, room: name }: Joining): Room | undefined {
    const request = new CreateRoomRequest({ name, roomPreset: claims.roomPreset });
    if (claims.roomConfig) {
      const config = RoomConfiguration.fromJson(claims.roomConfig as never, { ignoreUnknownFields: true });
      const { emptyTimeout, departureTimeout, maxParticipants, metadata } = config;
      Object.assign(request, { emptyTimeout, departureTimeout, maxParticipants, metadata });
    }
    try {
      const room = this.getOrCreate(request);
      return room.hasPlaceFor(claims.identity) ? room : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Begins or resumes a session.
   * @returns undefined when there was none to resume; the client has been told to start over
   */
  enter(room: Room, joining: Joining, connection: Connection): Participant | undefined {
    const { claims, protocol, clientProtocol, reconnect } = joining;
    const present = room.participants.get(claims.identity);
    if (reconnect) {
      if (!present) {
        const action = { action: LeaveRequest_Action.RECONNECT };
        const value = new LeaveRequest({
          reason: DisconnectReason.STATE_MISMATCH,
          ...(protocol > 12 ? action : { canReconnect: true }),
        });
        connection.send({ case: 'leave', value });
        connection.close();
        return undefined;
      }
      present.resume(connection);
      connection.send({ case: 'reconnect', value: new ReconnectResponse({ serverInfo: this.serverInfo }) });
      return present;
    }
    const participant = new Participant(
      {
        claims,
        protocol,
        clientProtocol,
        region: this.settings.region,
        limit: this.settings.limit,
        echoesRequests: this.behaviour.echoesRequests,
        refreshToken: (now) => this.#refreshToken(now),
      },
      connection,
      room,
    );
    room.join(participant);
    return participant;
  }

  /** Ends every room; nothing is left that would keep the process alive. */
  close(): void {
    clearInterval(this.#idle);
    for (const room of [...this.rooms.values()]) room.close(DisconnectReason.SERVER_SHUTDOWN);
  }

  #withPreset(request: CreateRoomRequest): CreateRoomRequest {
    if (request.roomPreset === '') return request;
    const { presets } = this.settings.room;
    const preset = Object.hasOwn(presets, request.roomPreset) ? presets[request.roomPreset] : undefined;
    if (preset === undefined) throw inner('invalid_argument', this.behaviour.unknownPreset);
    const { emptyTimeout, departureTimeout, maxParticipants, metadata } = RoomConfiguration.fromJson(
      preset as never,
    );
    const filled = request.clone();
    filled.emptyTimeout ||= emptyTimeout;
    filled.departureTimeout ||= departureTimeout;
    filled.maxParticipants ||= maxParticipants;
    filled.metadata ||= metadata;
    return filled;
  }

  /** Signed with the first key, as the server does it, and not shorter than the token it replaces. */
  #refreshToken({ identity, expiresAt = 0, name, kind, video, metadata, attributes }: Claims): string {
    const [[apiKey, secret] = ['', '']] = Object.entries(this.settings.keys);
    const now = Math.floor(Date.now() / 1000);
    const exp = Math.max(now + refreshedFor, expiresAt);
    const times = { exp, nbf: now, iat: now };
    const about = { identity, name, kind: kind || 'standard', video, metadata, attributes };
    return signToken({ iss: apiKey, sub: identity, ...times, ...about }, secret);
  }
}
