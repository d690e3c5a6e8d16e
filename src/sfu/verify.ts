/** What livekit-server would say to a token, decided as it decides, without asking it. */
import { timingSafeEqual } from 'node:crypto';
import { formatDuration } from '../core/duration.ts';
import { failure } from '../core/errors.ts';
import { signatureOf } from '../core/jwt.ts';
import { grants, placeOf } from './grants.ts';

/** The server forgives clocks that are this far apart. Seen on 1.5.3 to 1.13.5. */
export const leewaySeconds = 60;

export interface Decoded {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Header and claims, as they were signed. */
  signed: string;
  signature: string;
}

/** One thing the server has, or some releases have, against a token. */
export interface Objection {
  id: string;
  /** `false`: releases before 1.13 refuse it, or refuse it for joining only. */
  fatal: boolean;
  /** What is wrong. */
  message: string;
  hint: string;
}

/**
 * Takes a token apart. A `Bearer ` before it or a URL around it are taken off.
 * @throws Failure `token/malformed`
 */
export function decodeToken(text: string): Decoded {
  const token =
    text.match(/[?&]access_token=([^&#\s]+)/)?.[1] ??
    text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
  const [header = '', claims = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || claims === '') {
    throw failure('token/malformed', { reason: 'it does not have three parts with dots between them' });
  }
  return {
    header: decodePart(header, 'header'),
    claims: decodePart(claims, 'claims'),
    signed: `${header}.${claims}`,
    signature,
  };
}

/** Was `token` signed with `apiSecret`? */
export function hasSignature(token: Decoded, apiSecret: string): boolean {
  const expected = Buffer.from(signatureOf(token.signed, apiSecret));
  const actual = Buffer.from(token.signature);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/**
 * Everything the server has against `token` at `now`, in the order in which it looks.
 * @param secretOf the secret of an API key, undefined for a key the server doesn't have
 */
export function objections(
  token: Decoded,
  secretOf: (apiKey: string) => string | undefined,
  now: Date,
): Objection[] {
  return [...signatureObjections(token, secretOf), ...claimObjections(token, now), ...joinObjections(token)];
}

function signatureObjections(token: Decoded, secretOf: (apiKey: string) => string | undefined): Objection[] {
  const issuer = text(token.claims['iss']);
  const secret = secretOf(issuer);
  if (token.header['alg'] !== 'HS256') {
    return [
      refusal(
        'token/algorithm',
        `it is signed with ${JSON.stringify(token.header['alg'])}, and the server takes HS256 alone`,
        'sign it with HS256',
      ),
    ];
  }
  if (secret === undefined) {
    return [
      refusal(
        'token/unknown-key',
        issuer === ''
          ? 'it names no API key (iss)'
          : `it is signed for the API key "${issuer}", which is not the one known here`,
        'make it with a key that the server has, or name that key and its secret here',
      ),
    ];
  }
  if (hasSignature(token, secret)) return [];
  return [
    refusal(
      'token/signature',
      `the signature is invalid: it was not made with the secret of "${issuer}"`,
      'make it with the secret that the server has for this key',
    ),
  ];
}

function claimObjections({ claims }: Decoded, now: Date): Objection[] {
  const found: Objection[] = wrongKinds(claims);
  const seconds = now.getTime() / 1000;
  const { exp, nbf, iat } = claims;
  if (typeof exp === 'number' && seconds > exp + leewaySeconds) {
    found.push(refusal('token/expired', `it expired ${ago(seconds - exp)} ago`, 'make a new one'));
  }
  if (typeof nbf === 'number' && seconds < nbf - leewaySeconds) {
    const hint = 'wait, or compare the clock of the host that made it';
    found.push(refusal('token/not-yet-valid', `it is valid only in ${ago(nbf - seconds)}`, hint));
  }
  if (typeof iat === 'number' && seconds < iat - leewaySeconds) {
    const hint = 'compare the clock of the host that made it';
    found.push(
      remark(
        'token/issued-in-future',
        'it was issued in the future, which releases before 1.13 refuse',
        hint,
      ),
    );
  }
  if (exp === undefined) {
    found.push(
      remark('token/never-expires', 'it never expires', 'make it with a ttl, so that a leaked token ends'),
    );
  }
  return found;
}

/** Go decodes into typed fields: one value of the wrong kind and the whole token is refused. */
function wrongKinds(claims: Record<string, unknown>): Objection[] {
  const found: Objection[] = [];
  const wrong = (name: string, value: unknown, expected: string) =>
    found.push(
      refusal(
        'token/malformed-claim',
        `${name} is ${JSON.stringify(value)}, not ${expected}`,
        `write ${expected}`,
      ),
    );
  for (const name of ['iss', 'sub', 'name', 'metadata', 'kind', 'sha256', 'roomPreset']) {
    if (!isAbsent(claims[name]) && typeof claims[name] !== 'string') wrong(name, claims[name], 'text');
  }
  for (const name of ['exp', 'nbf', 'iat']) {
    if (!isAbsent(claims[name]) && typeof claims[name] !== 'number') wrong(name, claims[name], 'a number');
  }
  for (const [name, { kind }] of grants) {
    const { section, key } = placeOf(name);
    const value = object(claims[section])?.[key];
    if (isAbsent(value)) continue;
    if (kind === 'flag' && typeof value !== 'boolean') wrong(name, value, 'true or false');
    if (kind === 'text' && typeof value !== 'string') wrong(name, value, 'text');
    if (kind === 'sources' && !(Array.isArray(value) && value.every((v) => typeof v === 'string'))) {
      wrong(name, value, 'a list of names');
    }
  }
  for (const [key, value] of Object.entries(object(claims['attributes']) ?? {})) {
    if (typeof value !== 'string') wrong(`attributes.${key}`, value, 'text');
  }
  return found;
}

/** A token that joins must say who and where. */
function joinObjections({ claims }: Decoded): Objection[] {
  const video = object(claims['video']);
  if (video?.['roomJoin'] !== true) return [];
  const found: Objection[] = [];
  if (text(claims['sub']) === '' && text(claims['jti']) === '') {
    found.push(
      refusal('token/no-identity', 'identity cannot be empty in a token that joins', 'give it an identity'),
    );
  }
  if (text(video['room']) === '') {
    found.push(
      refusal(
        'token/no-room',
        'it may join, but names no room, which releases from 1.9.12 on refuse',
        'give it a room',
      ),
    );
  }
  return found;
}

function refusal(id: string, message: string, hint: string): Objection {
  return { id, fatal: true, message, hint };
}
function remark(id: string, message: string, hint: string): Objection {
  return { id, fatal: false, message, hint };
}

function decodePart(part: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (object(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, the same for broken base64 and broken JSON.
  }
  throw failure('token/malformed', { reason: `its ${what} cannot be decoded` });
}

function ago(seconds: number): string {
  return formatDuration(Math.max(1, Math.round(seconds)) * 1000);
}
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
