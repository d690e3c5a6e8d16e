/**
 * The little of STUN (RFC 8489) and TURN (RFC 8656) that tells whether a server relays: a binding, an allocation with
 * the credentials a client was handed, and its release. No maintained library does this alone, without a whole ICE
 * agent around it.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';

const cookie = 0x2112a442;
const headerSize = 20;

/** Message types: method and class. */
export const messageType = {
  bindingRequest: 0x0001,
  bindingSuccess: 0x0101,
  allocateRequest: 0x0003,
  allocateSuccess: 0x0103,
  refreshRequest: 0x0004,
} as const;

const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const;

export interface StunRequest {
  bytes: Buffer;
  /** Its answer has the same. */
  transaction: Buffer;
}

export interface StunMessage {
  type: number;
  transaction: Buffer;
  attributes: ReadonlyMap<number, Buffer>;
}

/** What a client needs to be let in. */
export interface TurnCredentials {
  username: string;
  password: string;
}

/** How a request is signed: with the credentials, as the server's challenge asks. */
export interface Signature {
  credentials: TurnCredentials;
  challenge: { realm: Buffer; nonce: Buffer };
}

export function bindingRequest(): StunRequest {
  return encode(messageType.bindingRequest, []);
}

/** For an allocation of a UDP relay; without a signature it is refused with the challenge. */
export function allocateRequest(signature?: Signature): StunRequest {
  const udp = Buffer.from([17, 0, 0, 0]);
  return encode(messageType.allocateRequest, [[attribute.requestedTransport, udp]], signature);
}

/** Gives an allocation back. */
export function releaseRequest(signature: Signature): StunRequest {
  return encode(messageType.refreshRequest, [[attribute.lifetime, Buffer.alloc(4)]], signature);
}

function encode(type: number, given: readonly [number, Buffer][], signature?: Signature): StunRequest {
  const transaction = randomBytes(12);
  if (signature === undefined) {
    const body = Buffer.concat(given.map(encodeAttribute));
    return { bytes: Buffer.concat([header(type, body.length, transaction), body]), transaction };
  }
  const { credentials, challenge } = signature;
  const signed = Buffer.concat(
    [
      ...given,
      [attribute.username, Buffer.from(credentials.username)] as const,
      [attribute.realm, challenge.realm] as const,
      [attribute.nonce, challenge.nonce] as const,
    ].map(([name, value]) => encodeAttribute([name, value])),
  );
  // The length in the header that is signed counts the signature itself: 4 bytes and 20.
  const bytes = Buffer.concat([header(type, signed.length + 24, transaction), signed]);
  const key = createHash('md5')
    .update(`${credentials.username}:${challenge.realm}:${credentials.password}`)
    .digest();
  const integrity = createHmac('sha1', key).update(bytes).digest();
  return {
    bytes: Buffer.concat([bytes, encodeAttribute([attribute.messageIntegrity, integrity])]),
    transaction,
  };
}

/** The message at the beginning of `bytes`, or undefined when it is incomplete or none. */
export function decode(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < headerSize || bytes.readUInt32BE(4) !== cookie) return undefined;
  const end = headerSize + bytes.readUInt16BE(2);
  if (bytes.length < end) return undefined;
  const attributes = new Map<number, Buffer>();
  for (let at = headerSize; at + 4 <= end; ) {
    const size = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, Math.min(end, at + 4 + size)));
    at += 4 + padded(size);
  }
  return { type: bytes.readUInt16BE(0), transaction: bytes.subarray(8, headerSize), attributes };
}

/** What a refusal asks a client to sign with. */
export function challengeOf({ attributes }: StunMessage): Signature['challenge'] | undefined {
  const realm = attributes.get(attribute.realm);
  const nonce = attributes.get(attribute.nonce);
  return realm && nonce && { realm, nonce };
}

/** `401 Unauthorized`, of a refusal. */
export function errorOf({ attributes }: StunMessage): string | undefined {
  const value = attributes.get(attribute.errorCode);
  if (value === undefined || value.length < 4) return undefined;
  return `${(value.readUInt8(2) & 7) * 100 + value.readUInt8(3)} ${value.subarray(4)}`.trim();
}

/** Our address as the server saw it, of a binding. */
export function mappedAddress(message: StunMessage): string | undefined {
  return addressIn(message, attribute.xorMappedAddress);
}

/** The address it relays from, of an allocation. */
export function relayedAddress(message: StunMessage): string | undefined {
  return addressIn(message, attribute.xorRelayedAddress);
}

function addressIn({ attributes, transaction }: StunMessage, name: number): string | undefined {
  const value = attributes.get(name);
  if (value === undefined || value.length < 8) return undefined;
  // Addresses are XORed with the cookie and, where they are longer, the transaction.
  const mask = header(0, 0, transaction).subarray(4);
  const bytes = [...value.subarray(4)].map((byte, i) => byte ^ (mask[i] ?? 0));
  if (value.readUInt8(1) === 1) return bytes.slice(0, 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}

function header(type: number, length: number, transaction: Buffer): Buffer {
  const bytes = Buffer.alloc(headerSize);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(cookie, 4);
  transaction.copy(bytes, 8);
  return bytes;
}

function encodeAttribute([name, value]: readonly [number, Buffer]): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(name, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
