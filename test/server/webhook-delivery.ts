import { createHash, createHmac, randomUUID } from 'node:crypto';
import { keys, type TestServer } from './helpers.ts';

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with exactly these claims besides issuer and times; undefined takes one of those away. */
export function token(
  claims: object,
  { secret = keys.apiSecret, header = { alg: 'HS256', typ: 'JWT' } as object, hash = 'sha256' } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: keys.apiKey, nbf: now, exp: now + 300, ...claims };
  const signed = `${base64url(header)}.${base64url(all)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

export const hashOf = (body: string | Buffer) => createHash('sha256').update(body).digest('base64');

/** What LiveKit would send with this body. */
export const sign = (body: string | Buffer): string => token({ sha256: hashOf(body) });

/** An event as LiveKit writes it, with more than this version of the SDK knows. */
export const event = (name: string, over: object = {}) => ({
  event: name,
  id: `EV_${randomUUID()}`,
  createdAt: '1700000100',
  room: { name: 'standup', sid: 'RM_1', emptyTimeout: 300, turnPassword: 'p4ssw0rd' },
  participant: {
    sid: 'PA_1',
    identity: 'ben',
    name: 'Ben',
    state: 'ACTIVE',
    joinedAt: '1700000000',
    someFieldOfTheFuture: { a: 1 },
  },
  numDropped: 0,
  ...over,
});

export interface Delivery {
  body?: string | Buffer;
  /** undefined: none. */
  authorization?: string | undefined;
  /** undefined: none. */
  type?: string | undefined;
  headers?: Record<string, string>;
  method?: 'GET' | 'POST';
}

/** @returns the answer's fields and, unless they have one, its HTTP status as `status` */
export async function deliver({ app }: TestServer, what: object, over: Delivery = {}) {
  const body = over.body ?? JSON.stringify(what);
  const authorization = 'authorization' in over ? over.authorization : sign(body);
  const type = 'type' in over ? over.type : 'application/webhook+json';
  const response = await app.inject({
    method: over.method ?? 'POST',
    url: '/api/livekit/webhook',
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(authorization === undefined ? {} : { authorization }),
      ...over.headers,
    },
    payload: body,
  });
  return { status: response.statusCode, ...response.json() };
}
