import {
  Codec,
  type CreateRoomRequest,
  DisconnectReason,
  ICEServer,
  JoinResponse,
  ParticipantInfo,
  ParticipantInfo_Kind,
  ParticipantUpdate,
  Room as RoomInfo,
  RoomUpdate,
  type ServerInfo,
  type TrackInfo,
} from '@livekit/protocol';
import { kindOf } from './grants.ts';
import { id, randomText } from './ids.ts';
import type { Participant, ParticipantEvents, Signal } from './participant.ts';
import type { Settings } from './settings.ts';
import type { Webhooks } from './webhooks.ts';

/** Seconds between a client's pings, and after how many it gives up. */
const ping = { interval: 5, timeout: 15 };
/** What the server offers for STUN when its configuration names none. */
const stun = [
  'stun:global.stun.twilio.com:3478',
  'stun:stun.l.google.com:19302',
  'stun:stun1.l.google.com:19302',
];

export interface RoomOptions {
  settings: Settings;
  serverInfo: ServerInfo;
  webhooks: Webhooks;
  /** Called once, when the room has ended. */
  closed(room: Room): void;
}

/** A room and who is in it. It ends when it is deleted, or was empty for as long as its timeouts say. */
export class Room implements ParticipantEvents {
  readonly name: string;
  readonly participants = new Map<string, Participant>();
  readonly #info: RoomInfo;
  readonly #options: RoomOptions;
  /** Milliseconds since 1970; 0 while nobody has left. */
  #lastLeftAt = 0;
  #closed = false;

  /** @param request with its preset already applied */
  constructor(request: CreateRoomRequest, options: RoomOptions) {
    const { room } = options.settings;
    const now = Date.now();
    this.name = request.name;
    this.#options = options;
    this.#info = new RoomInfo({
      sid: id('RM_'),
      name: request.name,
      emptyTimeout: request.emptyTimeout || room.emptyTimeout,
      departureTimeout: request.departureTimeout || room.departureTimeout,
      maxParticipants: request.maxParticipants || room.maxParticipants,
      metadata: request.metadata,
      creationTime: BigInt(Math.floor(now / 1000)),
      creationTimeMs: BigInt(now),
      turnPassword: randomText(44),
      enabledCodecs: room.codecs.map((mime) => new Codec({ mime })),
    });
    options.webhooks.send({ event: 'room_started', room: this.info });
  }

  get info(): RoomInfo {
    const everyone = [...this.participants.values()];
    const info = this.#info.clone();
    info.numParticipants = everyone.filter((participant) => !dependent(participant)).length;
    info.numPublishers = everyone.filter(({ tracks }) => tracks.size > 0).length;
    info.activeRecording = everyone.some(({ claims }) => claims.video?.recorder === true);
    return info;
  }

  /** Is there room for one more, when `identity` would replace whoever has that name now? */
  hasPlaceFor(identity: string): boolean {
    const most = this.#info.maxParticipants;
    const others = [...this.participants.values()].filter(
      (participant) => !dependent(participant) && participant.identity !== identity,
    );
    return most === 0 || others.length < most;
  }

  /** Lets a participant in; whoever had the same identity is put out. */
  join(participant: Participant): void {
    const { identity } = participant;
    if (this.participants.has(identity)) this.remove(identity, DisconnectReason.DUPLICATE_IDENTITY);
    const response = this.#joinResponse(participant);
    this.participants.set(identity, participant);
    participant.send({ case: 'join', value: response });
    participant.activate();
    this.#broadcast(participant, false);
    this.#sendUpdate();
    this.#options.webhooks.send({
      event: 'participant_joined',
      room: this.info,
      participant: participant.info,
    });
  }

  /** @param tell whether the client gets a LeaveRequest */
  remove(identity: string, reason: DisconnectReason, tell = true): void {
    const participant = this.participants.get(identity);
    if (!participant) return;
    this.participants.delete(identity);
    participant.close(reason, tell);
    this.#lastLeftAt = Date.now();
    // Its successor is announced in a moment; hearing that the identity is gone would only confuse the others.
    if (reason !== DisconnectReason.DUPLICATE_IDENTITY) {
      this.#broadcast(participant, false);
      this.#sendUpdate();
    }
    this.#options.webhooks.send({
      event: 'participant_left',
      room: this.info,
      participant: participant.info,
    });
  }

  setMetadata(metadata: string): void {
    this.#info.metadata = metadata;
    this.#sendUpdate();
  }

  /** Ends the room if it has been empty for long enough. The server looks once a second, and so must the caller. */
  closeIfIdle(): void {
    if ([...this.participants.values()].some((participant) => !dependent(participant))) return;
    const { creationTimeMs, departureTimeout, emptyTimeout } = this.#info;
    const [since, timeout] = this.#lastLeftAt
      ? [this.#lastLeftAt, departureTimeout]
      : [Number(creationTimeMs), emptyTimeout];
    const seconds = Math.floor(Date.now() / 1000) - Math.floor(since / 1000);
    if (seconds >= timeout) this.close(DisconnectReason.ROOM_CLOSED);
  }

  close(reason: DisconnectReason): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const identity of [...this.participants.keys()]) this.remove(identity, reason);
    this.#options.webhooks.send({ event: 'room_finished', room: this.info });
    this.#options.closed(this);
  }

  changed(participant: Participant): void {
    this.#broadcast(participant, true);
  }

  published(participant: Participant, track: TrackInfo): void {
    this.#trackEvent('track_published', participant, track);
  }

  unpublished(participant: Participant, track: TrackInfo): void {
    this.#trackEvent('track_unpublished', participant, track);
  }

  /** Track events name room and participant, and say no more of them. */
  #trackEvent(event: string, { sid, identity }: Participant, track: TrackInfo): void {
    const room = new RoomInfo({ sid: this.#info.sid, name: this.name });
    const participant = new ParticipantInfo({ sid, identity });
    this.#options.webhooks.send({ event, room, participant, track });
  }

  #joinResponse(participant: Participant): JoinResponse {
    const { serverInfo } = this.#options;
    const others = [...this.participants.values()].filter((other) => !other.hidden);
    return new JoinResponse({
      room: this.info,
      participant: participant.info,
      otherParticipants: others.map((other) => other.info),
      iceServers: [new ICEServer({ urls: stun })],
      subscriberPrimary: participant.protocol > 2,
      pingInterval: ping.interval,
      pingTimeout: ping.timeout,
      serverInfo,
      serverVersion: serverInfo.version,
      serverRegion: serverInfo.region,
      enabledPublishCodecs: this.#info.enabledCodecs,
      fastPublish: participant.permission.canPublish,
    });
  }

  /** Tells the others, and if asked the participant itself; of hidden ones nobody else hears. */
  #broadcast(participant: Participant, andItself: boolean): void {
    const value = new ParticipantUpdate({ participants: [participant.info] });
    const message: Signal = { case: 'update', value };
    if (andItself) participant.send(message);
    if (participant.hidden) return;
    for (const other of this.participants.values()) if (other !== participant) other.send(message);
  }

  #sendUpdate(): void {
    const value = new RoomUpdate({ room: this.info });
    for (const participant of this.participants.values()) participant.send({ case: 'roomUpdate', value });
  }
}

/** Egress and agents come and go with the people: they neither count nor keep a room open. */
function dependent({ claims }: Participant): boolean {
  const kind = kindOf(claims.kind);
  return kind === ParticipantInfo_Kind.EGRESS || kind === ParticipantInfo_Kind.AGENT;
}
