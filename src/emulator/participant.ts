import {
  AddTrackRequest,
  BackupCodecPolicy,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  MuteTrackRequest,
  ParticipantInfo,
  ParticipantInfo_State,
  type ParticipantPermission,
  RequestResponse,
  RequestResponse_Reason,
  type SignalResponse,
  SimulcastCodecInfo,
  TrackInfo,
  TrackPublishedResponse,
  TrackSource,
  TrackType,
  TrackUnpublishedResponse,
  type UpdateParticipantMetadata,
} from '@livekit/protocol';
import { type Claims, kindOf, mayPublish, permissionOf, withPermission } from './grants.ts';
import { id } from './ids.ts';
import type { Settings } from './settings.ts';

export type Signal = SignalResponse['message'];

/** A client's connection, as a participant uses it. */
export interface Connection {
  send(message: Signal): void;
  close(): void;
}

/** What a participant tells its room. */
export interface ParticipantEvents {
  changed(participant: Participant): void;
  published(participant: Participant, track: TrackInfo): void;
  unpublished(participant: Participant, track: TrackInfo): void;
}

export interface ParticipantOptions {
  claims: Claims;
  /** The signalling protocol its client speaks. */
  protocol: number;
  clientProtocol: number;
  region: string;
  limit: Settings['limit'];
  /** Whether a RequestResponse carries the request. */
  echoesRequests: boolean;
  /** Signs a fresh token from the claims, for the client to reconnect with. */
  refreshToken(claims: Claims): string;
}

/** One client's session in a room. A track counts as published once it is announced: there is no media to wait for. */
export class Participant {
  readonly sid = id('PA_');
  readonly joinedAt = Date.now();
  readonly tracks = new Map<string, TrackInfo>();
  claims: Claims;
  state = ParticipantInfo_State.JOINING;
  reason = DisconnectReason.UNKNOWN_REASON;
  readonly #options: ParticipantOptions;
  readonly #events: ParticipantEvents;
  #connection: Connection;
  #version = 0;

  constructor(options: ParticipantOptions, connection: Connection, events: ParticipantEvents) {
    this.#options = options;
    this.claims = options.claims;
    this.#connection = connection;
    this.#events = events;
  }

  get identity(): string {
    return this.claims.identity;
  }

  get permission(): ParticipantPermission {
    return permissionOf(this.claims.video ?? {});
  }

  get hidden(): boolean {
    return this.claims.video?.hidden === true;
  }

  get protocol(): number {
    return this.#options.protocol;
  }

  get info(): ParticipantInfo {
    const { name, metadata, attributes, kind } = this.claims;
    return new ParticipantInfo({
      sid: this.sid,
      identity: this.identity,
      state: this.state,
      tracks: [...this.tracks.values()],
      name,
      metadata,
      attributes,
      kind: kindOf(kind),
      joinedAt: BigInt(Math.floor(this.joinedAt / 1000)),
      joinedAtMs: BigInt(this.joinedAt),
      version: this.#version,
      permission: this.permission,
      region: this.#options.region,
      isPublisher: this.tracks.size > 0,
      disconnectReason: this.reason,
      clientProtocol: this.#options.clientProtocol,
    });
  }

  send(message: Signal): void {
    this.#connection.send(message);
  }

  /** Is `connection` the one it speaks over now? */
  speaksOver(connection: Connection): boolean {
    return this.#connection === connection;
  }

  /** Goes on over another connection. */
  resume(connection: Connection): void {
    this.#connection.close();
    this.#connection = connection;
  }

  /** Connected: with no media to negotiate, that is when it has its JoinResponse. */
  activate(): void {
    this.sendRefreshedToken();
    this.state = ParticipantInfo_State.ACTIVE;
    this.#version += 1;
  }

  sendRefreshedToken(): void {
    this.send({ case: 'refreshToken', value: this.#options.refreshToken(this.claims) });
  }

  addTrack(request: AddTrackRequest): void {
    const addTrack = new AddTrackRequest(request);
    if (!mayPublish(this.permission, request.source)) {
      this.#refuse(RequestResponse_Reason.NOT_ALLOWED, { case: 'addTrack', value: addTrack });
      return;
    }
    if (request.type !== TrackType.AUDIO && request.type !== TrackType.VIDEO) {
      this.#refuse(RequestResponse_Reason.UNSUPPORTED_TYPE, { case: 'addTrack', value: addTrack });
      return;
    }
    const track = trackOf(request);
    this.tracks.set(track.sid, track);
    const value = new TrackPublishedResponse({ cid: request.cid, track });
    this.send({ case: 'trackPublished', value });
    this.#changed();
    this.#events.published(this, track);
  }

  /** @param byServer the request came over the API, so that the client must be told */
  mute(sid: string, muted: boolean, byServer: boolean): TrackInfo | undefined {
    const value = new MuteTrackRequest({ sid, muted });
    if (byServer) this.send({ case: 'mute', value });
    const track = this.tracks.get(sid);
    if (!track) {
      if (!byServer) this.#refuse(RequestResponse_Reason.NOT_FOUND, { case: 'mute', value });
      return undefined;
    }
    if (track.muted !== muted) {
      track.muted = muted;
      this.#changed();
    }
    return track;
  }

  /** What the client asks to change about itself; an answer goes back to it. */
  requestUpdate(update: UpdateParticipantMetadata): void {
    const [reason, message] = this.#tryUpdate(update);
    if (reason === RequestResponse_Reason.OK && this.protocol <= 14) return;
    const echo: Partial<RequestResponse> = { request: { case: 'updateMetadata', value: update } };
    const value = new RequestResponse({
      requestId: update.requestId,
      reason,
      message,
      ...(this.#options.echoesRequests ? echo : {}),
    });
    this.send({ case: 'requestResponse', value });
  }

  #tryUpdate(update: UpdateParticipantMetadata): [RequestResponse_Reason, string] {
    if (this.claims.video?.canUpdateOwnMetadata !== true)
      return [RequestResponse_Reason.NOT_ALLOWED, 'does not have permission to update own metadata'];
    const limit = exceeded(update, this.#options.limit);
    if (limit) return [RequestResponse_Reason.LIMIT_EXCEEDED, `exceeds ${limit} limit`];
    this.update(update);
    return [RequestResponse_Reason.OK, ''];
  }

  /** Sets what is given; an attribute with an empty value goes. Each kind of change is told of by itself. */
  update({
    name,
    metadata,
    attributes,
  }: {
    name: string;
    metadata: string;
    attributes: Record<string, string>;
  }): void {
    if (name !== '' && name !== this.claims.name) this.#claim({ name });
    if (metadata !== '' && metadata !== this.claims.metadata) this.#claim({ metadata });
    if (Object.keys(attributes).length > 0) {
      const kept = Object.entries({ ...this.claims.attributes, ...attributes }).filter(
        ([, text]) => text !== '',
      );
      this.#claim({ attributes: Object.fromEntries(kept) });
    }
  }

  /** Tracks that the new permission doesn't cover are taken away. */
  permit(permission: ParticipantPermission): void {
    if (permission.equals(this.permission)) return;
    for (const track of [...this.tracks.values()]) {
      if (!mayPublish(permission, track.source)) this.#unpublish(track);
    }
    this.#claim({ video: withPermission(this.claims.video ?? {}, permission) });
  }

  /** Ends the session; a LeaveRequest says why. */
  close(reason: DisconnectReason, tell = true): void {
    if (this.state === ParticipantInfo_State.DISCONNECTED) return;
    this.reason = reason;
    if (tell) {
      const action = { action: LeaveRequest_Action.DISCONNECT };
      const value = new LeaveRequest({ reason, ...(this.protocol > 12 ? action : {}) });
      this.send({ case: 'leave', value });
    }
    this.#connection.close();
    for (const track of this.tracks.values()) this.#events.unpublished(this, track);
    this.tracks.clear();
    this.state = ParticipantInfo_State.DISCONNECTED;
    this.#version += 1;
  }

  #claim(change: Partial<Claims>): void {
    this.claims = { ...this.claims, ...change };
    this.#changed();
    this.sendRefreshedToken();
  }

  #changed(): void {
    this.#version += 1;
    this.#events.changed(this);
  }

  #unpublish(track: TrackInfo): void {
    this.tracks.delete(track.sid);
    if (this.protocol > 6) {
      const value = new TrackUnpublishedResponse({ trackSid: track.sid });
      this.send({ case: 'trackUnpublished', value });
    }
    this.#events.unpublished(this, track);
  }

  #refuse(reason: RequestResponse_Reason, request: RequestResponse['request']): void {
    if (!this.#options.echoesRequests) return;
    this.send({ case: 'requestResponse', value: new RequestResponse({ reason, request }) });
  }
}

/** The limit that an update breaks, in the words of a RequestResponse. */
export function exceeded(
  update: { name: string; metadata: string; attributes: Record<string, string> },
  limit: Settings['limit'],
): 'name length' | 'metadata size' | 'attributes size' | undefined {
  const over = (bytes: number, most: number) => most > 0 && bytes > most;
  if (over(Buffer.byteLength(update.name), limit.name)) return 'name length';
  if (over(Buffer.byteLength(update.metadata), limit.metadata)) return 'metadata size';
  const attributes = Object.entries(update.attributes).flat().join('');
  return over(Buffer.byteLength(attributes), limit.attributes) ? 'attributes size' : undefined;
}

function trackOf(request: AddTrackRequest): TrackInfo {
  const { type, source, cid } = request;
  const audio = type === TrackType.AUDIO;
  const letter =
    { [TrackSource.CAMERA]: 'C', [TrackSource.MICROPHONE]: 'M', [TrackSource.SCREEN_SHARE]: 'S' }[
      source as number
    ] ?? (source === TrackSource.SCREEN_SHARE_AUDIO ? 's' : '');
  const screen = source === TrackSource.SCREEN_SHARE || source === TrackSource.SCREEN_SHARE_AUDIO;
  const stream = screen ? 'screen' : source === TrackSource.UNKNOWN ? 'unknown' : 'camera';
  const { name, muted, width, height, disableDtx, disableRed, stereo, encryption, layers } = request;
  const details = { name, muted, width, height, disableDtx, disableRed, stereo, encryption, layers };
  return new TrackInfo({
    ...details,
    sid: id(`TR_${audio ? 'A' : 'V'}${letter}`),
    type,
    source,
    stream: request.stream || stream,
    backupCodecPolicy: audio ? BackupCodecPolicy.SIMULCAST : request.backupCodecPolicy,
    audioFeatures: request.audioFeatures,
    codecs: request.simulcastCodecs.map(
      (codec) => new SimulcastCodecInfo({ mimeType: codec.codec, cid: codec.cid, layers }),
    ),
    ...(request.simulcastCodecs.length === 0 ? { codecs: [new SimulcastCodecInfo({ cid, layers })] } : {}),
  });
}
