/**
 * Who a guest is. The identity can't be guessed, and is theirs as long as they bring the access token or the cookie that
 * they were given, so that a ban finds them again.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { signatureOf, signJwt } from '../core/jwt.ts';
import type { ServerContext } from './context.ts';
import { isGuest } from './policy.ts';

const cookieName = 'bedrud_guest_id';
/** In seconds. */
const cookieAge = 30 * 86_400;
const pattern = /^guest-[a-z0-9]{8,52}$/;

export interface Guests {
  /** Who a request's guest is: by access token, by cookie, or somebody new. */
  identify(request: FastifyRequest): string;
  /** Gives them the cookie. */
  remember(reply: FastifyReply, identity: string): void;
  /** An access token for the rest of the API. */
  accessToken(identity: string, name: string): string;
}

export function guests({ auth }: Pick<ServerContext['config'], 'auth'>): Guests {
  const secret = auth.sessionSecret || auth.jwtSecret;
  const signed = (identity: string) => `${identity}.${signatureOf(`guest ${identity}`, secret)}`;
  return {
    identify({ caller, headers }) {
      if (caller && isGuest(caller) && pattern.test(caller.userId)) return caller.userId;
      const cookie = cookieIn(headers.cookie);
      const identity = cookie?.split('.', 1)[0] ?? '';
      return cookie && pattern.test(identity) && isSame(cookie, signed(identity)) ? identity : newIdentity();
    },
    remember(reply, identity) {
      const secure = reply.request.protocol === 'https' ? '; Secure' : '';
      reply.header(
        'set-cookie',
        `${cookieName}=${signed(identity)}; Path=/; Max-Age=${cookieAge}; HttpOnly; SameSite=Lax${secure}`,
      );
    },
    accessToken(identity, name) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { userId: identity, email: '', name, provider: 'guest', accesses: ['guest'] };
      return signJwt({ ...claims, iat, exp: iat + auth.tokenDuration * 3600 }, auth.jwtSecret);
    },
  };
}

/** 128 bits. */
function newIdentity(): string {
  return `guest-${randomBytes(16).toString('hex')}`;
}

function cookieIn(header: string | undefined): string | undefined {
  return header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
