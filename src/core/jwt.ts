/**
 * JWTs signed HS256, made and verified synchronously: a library hands each signature to a pool of threads, and waiting
 * for those takes longer than everything else that happens to a request.
 */
import type { KeyObject } from 'node:crypto';

/** Loading it takes 4 ms of every command's start, and most sign nothing. */
const crypto = () => process.getBuiltinModule('node:crypto');

const header = base64url('{"alg":"HS256"}');

export function signJwt(claims: object, secret: string): string {
  const signed = `${header}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${signatureOf(signed, secret)}`;
}

/** The HS256 signature of `signed`, a token's header and claims, in base64url. */
export function signatureOf(signed: string, secret: string | KeyObject): string {
  return crypto().createHmac('sha256', secret).update(signed).digest('base64url');
}

export interface JwtRules {
  /** By how many seconds clocks may differ. */
  tolerance: number;
  /** `iss` must be this. */
  issuer?: string;
}

/**
 * @returns a function that gives the claims of a token signed with `secret`, and undefined for any other. Times
 *   (`exp`, `nbf`, `iat`) must be numbers, `exp` must be there, and the token must be good now (RFC 7519); a critical
 *   header must be understood, and none is (RFC 7515).
 */
export function jwtVerifier(
  secret: string,
  { tolerance, issuer }: JwtRules,
): (token: string) => Record<string, unknown> | undefined {
  // An empty secret is no secret: everybody knows it.
  const key = secret === '' ? undefined : crypto().createSecretKey(secret, 'utf8');
  // Whoever issues tokens writes the same header each time.
  let usual = header;
  return (token) => {
    const first = token.indexOf('.');
    const last = token.lastIndexOf('.');
    if (key === undefined || first < 0 || token.indexOf('.', first + 1) !== last) return undefined;
    // The signature first: nothing that a stranger wrote is read.
    if (!isSigned(token.slice(0, last), token.slice(last + 1), key)) return undefined;
    const given = token.slice(0, first);
    if (given !== usual) {
      const { alg, crit } = objectIn(given) ?? {};
      if (alg !== 'HS256' || crit !== undefined) return undefined;
      usual = given;
    }
    const payload = objectIn(token.slice(first + 1, last));
    if (payload === undefined || !isTimely(payload, tolerance)) return undefined;
    return issuer === undefined || payload['iss'] === issuer ? payload : undefined;
  };
}

/** Compares the texts: of several ways to write the same bytes only the shortest is a signature. */
function isSigned(signed: string, signature: string, key: KeyObject): boolean {
  const expected = Buffer.from(signatureOf(signed, key));
  const given = Buffer.from(signature);
  return given.length === expected.length && crypto().timingSafeEqual(given, expected);
}

function isTimely({ exp, nbf, iat }: Record<string, unknown>, tolerance: number): boolean {
  const now = Math.floor(Date.now() / 1000);
  if (typeof exp !== 'number' || exp <= now - tolerance) return false;
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > now + tolerance)) return false;
  return iat === undefined || typeof iat === 'number';
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function objectIn(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
