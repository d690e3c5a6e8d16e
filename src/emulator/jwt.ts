import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Behaviour } from './behaviour.ts';
import { claimsOf, foldNames, mistyped, withoutNulls } from './claims.ts';
import type { Claims } from './grants.ts';

/** A clock may be this far off, either way. In seconds. */
const leeway = 60;

const hashes = new Map<unknown, string>([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

/** Why a token is refused, in the server's words. The message may hold the token, as the server's does. */
export class TokenRefused extends Error {}

/**
 * Reads and checks a token as the server of that version does.
 * @param keys secrets by API key
 * @param now seconds since 1970
 * @throws TokenRefused
 */
export function verifyToken(
  token: string,
  keys: Readonly<Record<string, string>>,
  behaviour: Behaviour,
  now: number,
): Claims {
  const parsed = parse(token);
  if (!parsed) throw new TokenRefused('invalid authorization token');
  const { header } = parsed;
  const golang = behaviour.tokens === 'golang-jwt';
  const claims = golang ? foldNames(parsed.claims) : parsed.claims;
  const algorithm = header['alg'];
  if (golang && typeof algorithm !== 'string') throw new TokenRefused('invalid authorization token');
  const issuer = (claims['iss'] as string | undefined) ?? '';
  const secret = Object.hasOwn(keys, issuer) ? keys[issuer] : undefined;
  if (!secret) throw new TokenRefused(`invalid API key: ${issuer}`);
  const refuse = (reason: string) => new TokenRefused(`invalid token: ${token}, error: ${reason}`);

  const wrong = mistyped(claims, behaviour);
  if (golang) {
    if (wrong) throw refuse(`token is malformed: could not JSON decode claim: ${wrong}`);
    if (algorithm !== 'HS256')
      throw refuse(`token signature is invalid: signing method ${algorithm} is invalid`);
    if (!signedWith(secret, token, 'sha256'))
      throw refuse('token signature is invalid: signature is invalid');
  } else {
    const hash = hashes.get(algorithm);
    if (!hash || !signedWith(secret, token, hash))
      throw refuse('go-jose/go-jose: error in cryptographic primitive');
    if (wrong) throw refuse(wrong);
  }
  const outOfTime = golang ? golangTimes(claims, now) : joseTimes(claims, now);
  if (outOfTime) throw refuse(outOfTime);
  return claimsOf(claims);
}

/** Signs `claims` as the server signs webhooks and refreshed tokens. */
export function signToken(claims: Record<string, unknown>, secret: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

type Json = Record<string, unknown>;

function parse(token: string): { header: Json; claims: Json } | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]*$/.test(part))) return undefined;
  const header = decode(parts[0]);
  const body = decode(parts[1]);
  if (!header || !body) return undefined;
  const claims = withoutNulls(body);
  for (const name of ['iss', 'sub', 'jti'])
    if (!['string', 'undefined'].includes(typeof claims[name])) return undefined;
  for (const name of ['exp', 'nbf', 'iat'])
    if (!['number', 'undefined'].includes(typeof claims[name])) return undefined;
  return { header, claims };
}

function decode(part = ''): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function signedWith(secret: string, token: string, hash: string): boolean {
  const dot = token.lastIndexOf('.');
  const wanted = createHmac(hash, secret).update(token.slice(0, dot)).digest();
  const given = Buffer.from(token.slice(dot + 1), 'base64url');
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function joseTimes(claims: Json, now: number): string | undefined {
  const { nbf, exp, iat } = claims as Record<string, number | undefined>;
  if (nbf !== undefined && now + leeway < nbf)
    return 'go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)';
  if (exp !== undefined && now - leeway > exp)
    return 'go-jose/go-jose/jwt: validation failed, token is expired (exp)';
  if (iat !== undefined && now + leeway < iat)
    return 'go-jose/go-jose/jwt: validation field, token issued in the future (iat)';
  return undefined;
}

function golangTimes(claims: Json, now: number): string | undefined {
  const { nbf, exp } = claims as Record<string, number | undefined>;
  const wrong: string[] = [];
  if (exp !== undefined && now >= exp + leeway) wrong.push('token is expired');
  if (nbf !== undefined && now < nbf - leeway) wrong.push('token is not valid yet');
  return wrong.length === 0 ? undefined : `token has invalid claims: ${wrong.join(', ')}`;
}
