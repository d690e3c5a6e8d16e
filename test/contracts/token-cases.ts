import { createHmac } from 'node:crypto';
import { JoinRequest, WrappedJoinRequest } from '@livekit/protocol';
import { type Expected, type HttpCase, missing, noAccess, ok, plain } from './http-case.ts';
import { apiKey, joinToken, now, token } from './subject.ts';

const good = joinToken('room', 'ana');
const validate = (bearer: string, more = ''): string => `/rtc/validate?access_token=${bearer}${more}`;
const join = { sub: 'ana', video: { roomJoin: true, room: 'room' } };
const other = 'another-secret-of-more-than-thirty-two-characters';

/** Signed with `algorithm`, whatever it is. */
function signedAs(algorithm: string, secret = 'a-secret-of-at-least-thirty-two-characters'): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode({ iss: apiKey, exp: now() + 60, ...join })}`;
  const hash = { HS384: 'sha384', HS512: 'sha512' }[algorithm] ?? 'sha256';
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

const older = (reason: string) =>
  plain(401, new RegExp(`^invalid token: eyJ.*, error: go-jose/go-jose${reason}$`));
const newer = (reason: string) => plain(401, new RegExp(`^invalid token: eyJ.*, error: ${reason}$`));

/** Tokens, good and bad, at `/rtc/validate`. */
export const tokenCases: HttpCase[] = [
  { name: 'a good token', path: validate(good), expected: ok },
  {
    name: 'a good token in the header',
    path: '/rtc/validate',
    init: { headers: { authorization: `Bearer ${good}` } },
    expected: ok,
  },
  {
    name: 'the header before the query',
    path: validate('x'),
    init: { headers: { authorization: `Bearer ${good}` } },
    expected: ok,
  },
  { name: 'no token', path: '/rtc/validate', expected: noAccess },
  { name: 'an empty token', path: validate(''), expected: noAccess },
  {
    name: 'three parts that are no JWT',
    path: validate('a.b.c'),
    expected: plain(401, 'invalid authorization token'),
  },
  {
    name: 'a character no JWT has',
    path: validate(`${good.slice(0, -1)}!`),
    expected: plain(401, 'invalid authorization token'),
  },
  {
    name: 'an issuer that is no text',
    path: validate(token({ ...join, iss: 5 })),
    expected: plain(401, 'invalid authorization token'),
  },
  {
    name: 'an expiry that is no number',
    path: validate(token({ ...join, exp: 'soon' })),
    expected: plain(401, 'invalid authorization token'),
  },
  {
    name: 'an unknown API key',
    path: validate(token({ ...join, iss: 'other' })),
    expected: plain(401, 'invalid API key: other'),
  },
  {
    name: 'no API key',
    path: validate(token({ ...join, iss: undefined })),
    expected: plain(401, 'invalid API key: '),
  },
  {
    name: 'another secret',
    path: validate(token(join, other)),
    expected: {
      '0.0.0': older(': error in cryptographic primitive'),
      '1.13.0': newer('token signature is invalid: signature is invalid'),
    },
  },
  {
    name: 'another secret, and expired',
    path: validate(token({ ...join, exp: now() - 120 }, other)),
    expected: {
      '0.0.0': older(': error in cryptographic primitive'),
      '1.13.0': newer('token signature is invalid: signature is invalid'),
    },
  },
  {
    name: 'HS384',
    path: validate(signedAs('HS384')),
    expected: { '0.0.0': ok, '1.13.0': newer('token signature is invalid: signing method HS384 is invalid') },
  },
  {
    name: 'HS512',
    path: validate(signedAs('HS512')),
    expected: { '0.0.0': ok, '1.13.0': newer('token signature is invalid: signing method HS512 is invalid') },
  },
  {
    name: 'the algorithm none',
    path: validate(signedAs('none')),
    expected: {
      '0.0.0': older(': error in cryptographic primitive'),
      '1.13.0': newer('token signature is invalid: signing method none is invalid'),
    },
  },
  {
    name: 'expired two minutes ago',
    path: validate(token({ ...join, exp: now() - 120 })),
    expected: {
      '0.0.0': older('/jwt: validation failed, token is expired \\(exp\\)'),
      '1.13.0': newer('token has invalid claims: token is expired'),
    },
  },
  { name: 'expired half a minute ago', path: validate(token({ ...join, exp: now() - 30 })), expected: ok },
  { name: 'without an expiry', path: validate(token({ ...join, exp: undefined })), expected: ok },
  {
    name: 'valid in two minutes',
    path: validate(token({ ...join, nbf: now() + 120 })),
    expected: {
      '0.0.0': older('/jwt: validation failed, token not valid yet \\(nbf\\)'),
      '1.13.0': newer('token has invalid claims: token is not valid yet'),
    },
  },
  { name: 'valid in half a minute', path: validate(token({ ...join, nbf: now() + 30 })), expected: ok },
  {
    name: 'expired and not valid yet',
    path: validate(token({ ...join, nbf: now() + 120, exp: now() - 120 })),
    expected: {
      '0.0.0': older('/jwt: validation failed, token not valid yet \\(nbf\\)'),
      '1.13.0': newer('token has invalid claims: token is expired, token is not valid yet'),
    },
  },
  {
    name: 'issued in the future',
    path: validate(token({ ...join, iat: now() + 120 })),
    expected: {
      '0.0.0': older('/jwt: validation field, token issued in the future \\(iat\\)'),
      '1.13.0': ok,
    },
  },
  {
    name: 'a grant of the wrong type',
    path: validate(token({ ...join, video: { roomJoin: 'true', room: 'room' } })),
    expected: {
      '0.0.0': newer('json: cannot unmarshal string into Go value of type bool'),
      '1.13.0': newer(
        'token is malformed: could not JSON decode claim: json: cannot unmarshal string into Go struct field ' +
          'VideoGrant.ClaimGrants.video.roomJoin of type bool',
      ),
    },
  },
  {
    name: 'an attribute of the wrong type',
    path: validate(token({ ...join, attributes: { a: 5 } })),
    expected: {
      '0.0.0': newer('json: cannot unmarshal number into Go value of type string'),
      '1.13.0': newer(
        'token is malformed: could not JSON decode claim: json: cannot unmarshal number into Go struct field ' +
          'tokenClaims.ClaimGrants.attributes of type string',
      ),
    },
  },
  {
    name: 'attributes of the wrong type',
    path: validate(token({ ...join, attributes: 'a' })),
    expected: {
      '0.0.0': newer('json: cannot unmarshal string into Go value of type map\\[string\\]string'),
      '1.13.0': newer(
        'token is malformed: could not JSON decode claim: json: cannot unmarshal string into Go struct field ' +
          'tokenClaims.ClaimGrants.attributes of type map\\[string\\]string',
      ),
    },
  },
  {
    name: 'claims in capitals',
    path: validate(token({ sub: 'ana', Video: { ROOMJOIN: true, Room: 'room' } })),
    expected: { '0.0.0': noAccess, '1.13.0': ok },
  },
  { name: 'times that are null', path: validate(token({ ...join, nbf: null, exp: null })), expected: ok },
  {
    name: 'a name of the wrong type',
    path: validate(token({ ...join, name: 5 })),
    expected: {
      '0.0.0': newer('json: cannot unmarshal number into Go value of type string'),
      '1.13.0': newer(
        'token is malformed: could not JSON decode claim: json: cannot unmarshal number into Go struct field ' +
          'tokenClaims.ClaimGrants.name of type string',
      ),
    },
  },
  {
    name: 'a room setting that no release knows',
    path: validate(token({ ...join, roomConfig: { emptyTimeout: 5, zzz: 1 } })),
    expected: {
      '0.0.0': newer('proto:\\s+\\(line 1:19\\): unknown field "zzz"'),
      '1.12.0': ok,
    },
  },
  {
    name: 'a room setting that later releases know',
    path: validate(token({ ...join, roomConfig: { metadata: 'm' } })),
    expected: { '0.0.0': newer('proto:\\s+\\(line 1:2\\): unknown field "metadata"'), '1.9.1': ok },
  },
  { name: 'no video grant', path: validate(token({ sub: 'ana' })), expected: noAccess },
  {
    name: 'no roomJoin',
    path: validate(token({ ...join, video: { room: 'room' } })),
    expected: plain(401, 'permissions denied'),
  },
  {
    name: 'no identity',
    path: validate(token({ ...join, sub: undefined })),
    expected: plain(400, 'identity cannot be empty'),
  },
  {
    name: 'the identity as jti',
    path: validate(token({ ...join, sub: undefined, jti: 'ana' })),
    expected: ok,
  },
  {
    name: 'a claim named identity is none',
    path: validate(token({ ...join, sub: undefined, identity: 'ana' })),
    expected: plain(400, 'identity cannot be empty'),
  },
  {
    name: 'no room',
    path: validate(token({ sub: 'ana', video: { roomJoin: true } })),
    expected: { '0.0.0': ok, '1.9.1': plain(400, 'no room name') },
  },
  {
    name: 'the room in the query alone',
    path: validate(token({ sub: 'ana', video: { roomJoin: true } }), '&room=room'),
    expected: { '0.0.0': ok, '1.9.1': plain(400, 'no room name') },
  },
  {
    name: 'an identity too long',
    path: validate(token({ ...join, sub: 'i'.repeat(257) })),
    expected: plain(400, 'participant identity length exceeds limits: max length 256'),
  },
  {
    name: 'a room name too long',
    path: validate(joinToken('r'.repeat(257), 'ana')),
    expected: plain(400, 'room name length exceeds limits: max length 256'),
  },
  {
    name: 'publish= without the grant',
    path: validate(joinToken('room', 'ana', { canPublish: false }), '&publish=x'),
    expected: noAccess,
  },
  {
    name: 'attributes= without the grant',
    path: validate(good, `&attributes=${Buffer.from('{"a":"b"}').toString('base64url')}`),
    expected: { '0.0.0': ok, '1.9.1': noAccess },
  },
  {
    name: 'attributes= that cannot be decoded',
    path: validate(good, '&attributes=%21'),
    expected: { '0.0.0': ok, '1.9.1': plain(400, 'cannot decode attributes') },
  },
];

const wrapped = (joinRequest: Uint8Array): string =>
  Buffer.from(new WrappedJoinRequest({ joinRequest }).toBinary())
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
const v1 = (request: string, bearer = good) =>
  `/rtc/v1/validate?join_request=${request}&access_token=${bearer}`;
const since191 = (expected: Expected) => ({ '0.0.0': missing, '1.9.1': expected });

/** Join requests at `/rtc/v1/validate`. */
export const joinRequestCases: HttpCase[] = [
  {
    name: 'a join request',
    path: v1(wrapped(new JoinRequest({ clientInfo: { protocol: 16 } }).toBinary())),
    expected: since191(ok),
  },
  {
    name: '/rtc/v1 without one',
    path: `/rtc/v1/validate?access_token=${good}`,
    expected: since191(plain(400, 'join_request is required')),
  },
  {
    name: '/rtc/v1 without a token',
    path: '/rtc/v1/validate',
    expected: { '0.0.0': missing, '1.9.1': plain(400, 'join_request is required'), '1.11.0': noAccess },
  },
  {
    name: 'not base64',
    path: v1('%21'),
    expected: since191(plain(400, 'cannot base64 decode wrapped join request')),
  },
  {
    name: 'base64 of something else',
    path: v1('_w=='),
    expected: since191(plain(400, 'cannot unmarshal wrapped join request')),
  },
  {
    name: 'wrapped something else',
    path: v1(wrapped(Uint8Array.of(255))),
    expected: since191(plain(400, 'cannot unmarshal join request')),
  },
  {
    name: 'said to be gzip, and is not',
    path: v1('CAESAf8='),
    expected: since191(plain(400, 'cannot read decompressed join request')),
  },
  {
    name: 'metadata without the grant',
    path: v1(wrapped(new JoinRequest({ clientInfo: {}, metadata: 'm' }).toBinary())),
    expected: since191(noAccess),
  },
];
