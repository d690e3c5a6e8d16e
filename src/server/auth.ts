/**
 * Who is asking: the Bedrud server's access tokens, HS256 with auth.jwtSecret. bedrud issues them to guests alone; it
 * accepts those that the Bedrud server, or anything else that has the secret, has signed.
 */
import type { FastifyRequest } from 'fastify';
import { failure } from '../core/errors.ts';
import { jwtVerifier } from '../core/jwt.ts';
import type { App } from './context.ts';

export interface Caller {
  userId: string;
  email: string;
  /** What others see; the user id where the token has no name. */
  name: string;
  provider: string;
  /** `superadmin`, `admin`, `moderator`, `user`, `guest`. */
  accesses: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set behind {@link requireCaller}, and behind {@link acceptCaller} where there is one. */
    caller: Caller | undefined;
  }
}

/** Seconds by which clocks may differ. */
const tolerance = 10;

/** Refuses every request within `scope` that carries no valid access token. */
export function requireCaller(scope: App, jwtSecret: string): void {
  const callerIn = authenticator(jwtSecret);
  scope.decorateRequest('caller', undefined);
  scope.addHook('onRequest', (request, _reply, done) => {
    request.caller = callerIn(request.headers.authorization);
    done();
  });
}

/** Takes requests within `scope` with or without an access token, but none with one that isn't valid. */
export function acceptCaller(scope: App, jwtSecret: string): void {
  const callerIn = authenticator(jwtSecret);
  scope.decorateRequest('caller', undefined);
  scope.addHook('onRequest', async (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) request.caller = callerIn(authorization);
  });
}

/** @returns who an Authorization header is of. It throws Failure `api/unauthenticated` */
export function authenticator(jwtSecret: string): (authorization: string | undefined) => Caller {
  const verify = jwtVerifier(jwtSecret, { tolerance });
  return (authorization) => authenticate(authorization, verify);
}

/** The caller of a request behind {@link requireCaller}. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error(`${request.url} has no caller`);
  return request.caller;
}

function authenticate(authorization: string | undefined, verify: ReturnType<typeof jwtVerifier>): Caller {
  const token = authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (token === undefined) {
    throw failure('api/unauthenticated', { reason: 'the request has no Authorization: Bearer header' });
  }
  const payload = verify(token);
  if (payload === undefined) {
    throw failure('api/unauthenticated', { reason: 'the access token is not valid, or no longer' });
  }
  const { userId, email, name, provider, accesses, purpose } = payload;
  // The Bedrud server signs links for e-mail verification and password resets with the same secret.
  if (purpose !== undefined) {
    throw failure('api/unauthenticated', { reason: 'this token is for another purpose than access' });
  }
  if (typeof userId !== 'string' || !isIdentity(userId)) {
    throw failure('api/unauthenticated', { reason: 'the access token names no user' });
  }
  return {
    userId,
    email: asText(email),
    name: displayName(asText(name)) || userId,
    provider: asText(provider),
    accesses: Array.isArray(accesses) ? accesses.filter((access) => typeof access === 'string') : [],
  };
}

/** A participant's identity is the user's id, as LiveKit takes it: not empty, not long, nothing invisible. */
function isIdentity(text: string): boolean {
  return text.length > 0 && text.length <= 128 && !/[\p{C}\s]/u.test(text);
}

/** `text` without what could pass for something else than a name. */
export function displayName(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, 128);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
