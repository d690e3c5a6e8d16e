import { createHmac } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { jwtVerifier, signJwt } from '../../src/core/jwt.ts';

const secret = 'a-secret-of-at-least-32-characters';
const now = Math.floor(Date.now() / 1000);
const good = { iss: 'APItest', userId: 'ana', exp: now + 300 };
const verify = jwtVerifier(secret, { tolerance: 10 });

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** A token of any header and claims, objects or text as it stands. */
function token(claims: unknown, header: unknown = { alg: 'HS256' }, key = secret, hash = 'sha256'): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}
const [header = '', claims = '', signature = ''] = token(good).split('.');
/** The same 32 bytes: the last character has two bits that nothing reads. */
const sameBytes = `${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(42) + 1)}`;

const accepted: [string, string][] = [
  ['one of ours', signJwt(good, secret)],
  ['with a type', token(good, { alg: 'HS256', typ: 'JWT' })],
  ['that expired within the tolerance', token({ ...good, exp: now - 5 })],
  ['that begins within the tolerance', token({ ...good, nbf: now + 5 })],
  ['that was issued later', token({ ...good, iat: now + 60 })],
  ['with fractions of seconds', token({ ...good, exp: now + 0.5 })],
];
const refused: [string, string][] = [
  ['nothing', ''],
  ['dots', '..'],
  ['two parts', `${header}.${claims}`],
  ['four parts', `${header}.${claims}.${signature}.`],
  ['no signature', `${header}.${claims}.`],
  ['a signature that is too short', `${header}.${claims}.${signature.slice(0, -1)}`],
  ['a padded signature', `${header}.${claims}.${signature}=`],
  ['blanks around it', ` ${header}.${claims}.${signature}`],
  ['another secret', token(good, { alg: 'HS256' }, 'x'.repeat(34))],
  ['alg none', `${encode({ alg: 'none' })}.${claims}.`],
  ['alg none, signed', token(good, { alg: 'none' })],
  ['alg hs256', token(good, { alg: 'hs256' })],
  ['alg HS512', token(good, { alg: 'HS512' }, secret, 'sha512')],
  ['alg RS256, signed with the secret', token(good, { alg: 'RS256' })],
  ['alg as a list', token(good, { alg: ['HS256'] })],
  ['no alg', token(good, {})],
  ['a critical header', token(good, { alg: 'HS256', crit: ['x'], x: 1 })],
  ['a header that is no object', token(good, '"HS256"')],
  ['a header that is no JSON', token(good, '{')],
  ['claims that are no JSON', token('{')],
  ['claims that are null', token('null')],
  ['claims that are a list', token('[1]')],
  ['no end', token({ ...good, exp: undefined })],
  ['an end that is text', token({ ...good, exp: String(now + 300) })],
  ['an end that is null', token({ ...good, exp: null })],
  ['an end that is past', token({ ...good, exp: now - 11 })],
  ['a beginning that is text', token({ ...good, nbf: 'now' })],
  ['a beginning to come', token({ ...good, nbf: now + 60 })],
  ['a time of issue that is text', token({ ...good, iat: 'now' })],
];

describe('a token', () => {
  const key = new TextEncoder().encode(secret);
  const jose = (text: string) =>
    jwtVerify(text, key, { algorithms: ['HS256'], requiredClaims: ['exp'], clockTolerance: 10 }).then(
      ({ payload }) => payload,
      () => undefined,
    );

  test.each(accepted)('%s is good, to jose as well', async (_, text) => {
    expect(verify(text)).toMatchObject({ userId: 'ana' });
    expect(await jose(text)).toEqual(verify(text));
  });

  test.each(refused)('%s is refused', (_, text) => {
    expect(verify(text)).toBeUndefined();
  });

  test.each(refused.filter(([what]) => what !== 'a padded signature'))(
    '%s is refused by jose as well',
    async (_, text) => {
      expect(await jose(text)).toBeUndefined();
    },
  );

  test('has one spelling of its signature', () => {
    expect(Buffer.from(sameBytes, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    expect(verify(`${header}.${claims}.${sameBytes}`)).toBeUndefined();
  });

  test('is of the issuer that was asked for, and of no list of them', () => {
    const ofIssuer = jwtVerifier(secret, { tolerance: 0, issuer: 'APItest' });
    expect(ofIssuer(token(good))).toBeDefined();
    for (const iss of ['APIother', undefined, ['APItest'], null])
      expect(ofIssuer(token({ ...good, iss }))).toBeUndefined();
  });

  test('signed with an empty secret is nobody’s', () => {
    const text = token(good, { alg: 'HS256' }, '');
    expect(jwtVerifier('', { tolerance: 0 })(text)).toBeUndefined();
  });
});
