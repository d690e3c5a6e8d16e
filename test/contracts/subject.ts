import { signToken } from '../../src/emulator/jwt.ts';

/** Where the contract is held against: a running server, real or emulated, and how to have people in its rooms. */
export interface Subject {
  url: string;
  version: string;
  /** Lets somebody in as a participant that is connected, with media where the server has it. */
  enter(token: string): Promise<Guest>;
  close(): Promise<void>;
}

/** A connected participant. */
export interface Guest {
  /** Publishes a microphone. @returns the track's sid */
  publish(): Promise<string>;
  leave(): Promise<void>;
  /** Settles when the server has put it out, with LiveKit's number for why. */
  gone: Promise<number>;
}

export interface SubjectOptions {
  webhookUrl?: string;
  room?: { auto_create?: boolean; enable_remote_unmute?: boolean; departure_timeout?: number };
}

export type StartSubject = (options?: SubjectOptions) => Promise<Subject>;

export const apiKey = 'devkey';
export const apiSecret = 'a-secret-of-at-least-thirty-two-characters';

/** A configuration that both kinds of server start with. */
export function configuration(port: number, { webhookUrl, room = {} }: SubjectOptions): object {
  return {
    port,
    bind_addresses: ['127.0.0.1'],
    keys: { [apiKey]: apiSecret },
    rtc: {
      node_ip: '127.0.0.1',
      use_external_ip: false,
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
    },
    room,
    ...(webhookUrl ? { webhook: { api_key: apiKey, urls: [webhookUrl] } } : {}),
  };
}

type Claims = Record<string, unknown>;

/** Seconds since 1970. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** A token with exactly these claims besides issuer and times; undefined takes one of those away. */
export function token(claims: Claims, secret = apiSecret): string {
  return signToken({ iss: apiKey, nbf: now() - 5, exp: now() + 600, ...claims }, secret);
}

export function joinToken(room: string, identity: string, video: Claims = {}, more: Claims = {}): string {
  return token({ sub: identity, video: { roomJoin: true, room, ...video }, ...more });
}

export function adminToken(room: string, video: Claims = {}): string {
  const grants = { roomCreate: true, roomList: true, roomRecord: true, roomAdmin: true, room };
  return token({ video: { ...grants, ...video } });
}

let rooms = 0;
/** A room name nobody else uses. */
export function freshRoom(): string {
  rooms += 1;
  return `contract-${process.pid}-${rooms}`;
}

export interface Reply {
  status: number;
  type: string;
  body: string;
}

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}

/** A Twirp call in JSON; a failure's body is JSON too. */
export async function callTwirp(
  subject: Subject,
  method: string,
  bearer: string,
  body: object,
): Promise<Record<string, unknown> & { status: number }> {
  const reply = await send(`${subject.url}/twirp/livekit.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  });
  return { ...(JSON.parse(reply.body) as object), status: reply.status };
}
