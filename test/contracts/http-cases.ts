import { createHmac } from 'node:crypto';
import { JoinRequest, RoomParticipantIdentity, WrappedJoinRequest } from '@livekit/protocol';
import { atLeast } from '../../src/livekit/versions.ts';
import { adminToken, apiKey, joinToken, now, token } from './subject.ts';

export interface Expected {
  status: number;
  /** The whole body as text, or a JSON document that the body has to contain. */
  body?: string | RegExp | object;
  type?: string;
}

export interface HttpCase {
  name: string;
  path: string;
  init?: RequestInit;
  /** What every release answers, or what each answers, by the first release that does. */
  expected: Expected | Record<string, Expected>;
}

/** The expectation for a release: that of the newest entry not newer than it. */
export function expectedFor({ expected }: HttpCase, version: string): Expected {
  if ('status' in expected) return expected as Expected;
  const entries = Object.entries(expected as Record<string, Expected>);
  const fitting = entries.filter(([first]) => atLeast(version, first));
  return (fitting.at(-1) as [string, Expected])[1];
}

const text = 'text/plain; charset=utf-8';
const json = 'application/json';
const plain = (status: number, body: string | RegExp): Expected => ({ status, body, type: text });
const refused = (status: number, code: string, msg: string | RegExp): Expected => ({
  status,
  body: { code, msg },
  type: json,
});
const missing = plain(404, '404 page not found\n');
const ok = plain(200, 'success');
const noAccess = plain(401, 'no permissions to access the room');

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

const general: HttpCase[] = [
  { name: 'the health check', path: '/', expected: plain(200, 'OK') },
  {
    name: 'the health check takes any method',
    path: '/',
    init: { method: 'POST' },
    expected: plain(200, 'OK'),
  },
  { name: 'an unknown path', path: '/nope', expected: missing },
  { name: 'a path below /rtc', path: '/rtc/', expected: missing },
  { name: '/rtc without an upgrade', path: `/rtc?access_token=${good}`, expected: { status: 404, body: '' } },
  { name: 'a double slash', path: `/${validate(good)}`, expected: ok },
  {
    name: 'another scheme of authorization, anywhere',
    path: '/',
    init: { headers: { authorization: 'Basic eA==' } },
    expected: plain(401, 'invalid authorization header. Must start with Bearer '),
  },
  {
    name: 'a token that is none, anywhere',
    path: '/?access_token=x',
    expected: plain(401, 'invalid authorization token'),
  },
];

const tokens: HttpCase[] = [
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

const joinRequests: HttpCase[] = [
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
  { name: '/rtc/v1 without a token', path: '/rtc/v1/validate', expected: since191(noAccess) },
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

const admin = adminToken('room');
function twirp(
  method: string,
  init: { bearer?: string; body?: string | Uint8Array<ArrayBuffer>; type?: string; method?: string } = {},
) {
  const { bearer = admin, body = '{}', type = json } = init;
  const headers = {
    ...(type === '' ? {} : { 'content-type': type }),
    ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const verb = init.method ?? 'POST';
  return {
    path: `/twirp/livekit.${method}`,
    init: { method: verb, headers, ...(verb === 'POST' ? { body } : {}) },
  };
}
const denied = refused(401, 'unauthenticated', 'permissions denied');
const malformed = refused(400, 'malformed', 'the json request could not be decoded');
const noRoute = (method: string): Expected => {
  const path = `/twirp/livekit.${method}`;
  const meta = { twirp_invalid_route: `POST ${path}` };
  return { status: 404, type: json, body: { code: 'bad_route', msg: `no handler for path "${path}"`, meta } };
};
const absent = refused(404, 'not_found', 'twirp error unknown: requested room does not exist');
const nobody = refused(404, 'not_found', 'twirp error unknown: participant does not exist');
const unavailable = refused(503, 'unavailable', 'twirp error unknown: no response from servers');
const who = JSON.stringify({ room: 'room', identity: 'nobody' });
const list = 'RoomService/ListRooms';

const calls: HttpCase[] = [
  {
    name: 'GET',
    ...twirp(list, { method: 'GET' }),
    expected: {
      status: 404,
      type: json,
      body: {
        code: 'bad_route',
        msg: 'unsupported method "GET" (only POST is allowed)',
        meta: { twirp_invalid_route: 'GET /twirp/livekit.RoomService/ListRooms' },
      },
    },
  },
  { name: 'an unknown method', ...twirp('RoomService/Nope'), expected: noRoute('RoomService/Nope') },
  { name: 'more path than a method', ...twirp(`${list}/x`), expected: noRoute(`${list}/x`) },
  { name: 'an unknown service', ...twirp('NopeService/X'), expected: missing },
  { name: 'a service alone', ...twirp('RoomService'), expected: { status: 307 } },
  { name: 'a service and a slash', ...twirp('RoomService/'), expected: noRoute('RoomService/') },
  {
    name: 'another content type',
    ...twirp(list, { type: 'text/plain' }),
    expected: refused(404, 'bad_route', 'unexpected Content-Type: "text/plain"'),
  },
  {
    name: 'a charset',
    ...twirp(list, { type: 'application/json; charset=utf-8' }),
    expected: { status: 200, type: json },
  },
  {
    name: 'a content type in capitals',
    ...twirp(list, { type: 'Application/JSON' }),
    expected: { status: 200, type: json },
  },
  { name: 'JSON cut short', ...twirp(list, { body: '{' }), expected: malformed },
  { name: 'an empty body', ...twirp(list, { body: '' }), expected: malformed },
  { name: 'an array', ...twirp(list, { body: '[]' }), expected: malformed },
  { name: 'null', ...twirp(list, { body: 'null' }), expected: malformed },
  { name: 'a field of the wrong type', ...twirp(list, { body: '{"names":"x"}' }), expected: malformed },
  { name: 'an unknown field', ...twirp(list, { body: '{"zzz":1}' }), expected: { status: 200 } },
  {
    name: 'bytes that are no message',
    ...twirp(list, { body: Uint8Array.of(255, 255), type: 'application/protobuf' }),
    expected: refused(400, 'malformed', 'the protobuf request could not be decoded'),
  },
  {
    name: 'protobuf',
    ...twirp(list, { body: '', type: 'application/protobuf' }),
    expected: { status: 200, type: 'application/protobuf' },
  },
  { name: 'no token', ...twirp(list, { bearer: '' }), expected: denied },
  { name: 'no token, and malformed', ...twirp(list, { bearer: '', body: '{' }), expected: malformed },
  {
    name: 'a token that is none',
    ...twirp(list, { bearer: 'x' }),
    expected: plain(401, 'invalid authorization token'),
  },
  { name: 'ListRooms without roomList', ...twirp(list, { bearer: good }), expected: denied },
  {
    name: 'CreateRoom without roomCreate',
    ...twirp('RoomService/CreateRoom', { bearer: good, body: '{"name":"x"}' }),
    expected: denied,
  },
  {
    name: 'CreateRoom with a long name',
    ...twirp('RoomService/CreateRoom', { body: JSON.stringify({ name: 'r'.repeat(257) }) }),
    expected: refused(
      400,
      'invalid_argument',
      'twirp error unknown: room name length exceeds limits: max length 256',
    ),
  },
  {
    name: 'CreateRoom with an unknown preset',
    ...twirp('RoomService/CreateRoom', { body: '{"name":"p","roomPreset":"zz"}' }),
    expected: refused(
      400,
      'invalid_argument',
      /^twirp error unknown: unknown room confi?guration in create room request$/,
    ),
  },
  {
    name: 'DeleteRoom without roomCreate',
    ...twirp('RoomService/DeleteRoom', { bearer: good, body: '{"room":"room"}' }),
    expected: denied,
  },
  {
    name: 'DeleteRoom of none',
    ...twirp('RoomService/DeleteRoom', { body: '{"room":"none"}' }),
    expected: absent,
  },
  {
    name: 'ListParticipants of no room',
    ...twirp('RoomService/ListParticipants', { body: '{"room":"room"}' }),
    expected: { status: 200, body: { participants: [] } },
  },
  {
    name: 'ListParticipants of another room than the token names',
    ...twirp('RoomService/ListParticipants', { body: '{"room":"other"}' }),
    expected: denied,
  },
  {
    name: 'GetParticipant of nobody',
    ...twirp('RoomService/GetParticipant', { body: who }),
    expected: nobody,
  },
  {
    name: 'RemoveParticipant of nobody',
    ...twirp('RoomService/RemoveParticipant', { body: who }),
    expected: { '0.0.0': refused(404, 'not_found', 'participant not found'), '1.10.0': nobody },
  },
  {
    name: 'a refusal of protobuf is JSON',
    ...twirp('RoomService/GetParticipant', {
      body: new RoomParticipantIdentity({
        room: 'room',
        identity: 'nobody',
      }).toBinary() as Uint8Array<ArrayBuffer>,
      type: 'application/protobuf',
    }),
    expected: nobody,
  },
  {
    name: 'UpdateParticipant of nobody',
    ...twirp('RoomService/UpdateParticipant', { body: who }),
    expected: nobody,
  },
  {
    name: 'UpdateParticipant with a long name, before the token is judged',
    ...twirp('RoomService/UpdateParticipant', {
      bearer: good,
      body: JSON.stringify({ name: 'n'.repeat(257) }),
    }),
    expected: refused(400, 'invalid_argument', 'name length exceeds limits 256'),
  },
  {
    name: 'MutePublishedTrack of nobody',
    ...twirp('RoomService/MutePublishedTrack', { body: who }),
    expected: unavailable,
  },
  {
    name: 'UpdateSubscriptions of nobody',
    ...twirp('RoomService/UpdateSubscriptions', { body: who }),
    expected: unavailable,
  },
  {
    name: 'SendData to no room',
    ...twirp('RoomService/SendData', { body: '{"room":"room","data":"aGk="}' }),
    expected: unavailable,
  },
  {
    name: 'SendData with a short nonce',
    ...twirp('RoomService/SendData', { body: '{"room":"room","nonce":"aGk="}' }),
    expected: refused(400, 'invalid_argument', 'nonce should be 16-bytes or not present, got: 2 bytes'),
  },
  {
    name: 'UpdateRoomMetadata of none',
    ...twirp('RoomService/UpdateRoomMetadata', { body: '{"room":"room"}' }),
    expected: absent,
  },
  {
    name: 'MoveParticipant without the grant',
    ...twirp('RoomService/MoveParticipant', { body: '{"room":"room","identity":"a","destinationRoom":"b"}' }),
    expected: denied,
  },
  {
    name: 'ForwardParticipant to the same room',
    ...twirp('RoomService/ForwardParticipant', {
      bearer: adminToken('room', { destinationRoom: 'room' }),
      body: '{"room":"room","identity":"a","destinationRoom":"room"}',
    }),
    expected: refused(400, 'invalid_argument', 'destination room cannot be the same as source room '),
  },
  {
    name: 'PerformRpc to nobody in particular',
    ...twirp('RoomService/PerformRpc', { body: '{"room":"room"}' }),
    expected: {
      '0.0.0': noRoute('RoomService/PerformRpc'),
      '1.9.1': refused(400, 'invalid_argument', 'twirp error unknown: destination identity is required'),
    },
  },
  {
    name: 'ListEgress without roomRecord',
    ...twirp('Egress/ListEgress', { bearer: good }),
    expected: denied,
  },
  {
    name: 'ListEgress without Redis',
    ...twirp('Egress/ListEgress'),
    expected: {
      '0.0.0': refused(500, 'internal', 'Internal service panic'),
      '1.10.0': refused(500, 'internal', 'twirp error unknown: egress not connected (redis required)'),
    },
  },
  {
    name: 'StartRoomCompositeEgress of no room',
    ...twirp('Egress/StartRoomCompositeEgress', { body: '{"roomName":"none","file":{"filepath":"x"}}' }),
    expected: absent,
  },
  {
    name: 'StartRoomCompositeEgress without roomRecord',
    ...twirp('Egress/StartRoomCompositeEgress', { bearer: good }),
    expected: denied,
  },
  { name: 'an unknown egress method', ...twirp('Egress/Nope'), expected: noRoute('Egress/Nope') },
];

/** Requests that need nothing to have happened before, and what comes back. */
export const httpCases: Record<string, HttpCase[]> = {
  'HTTP in general': general,
  '/rtc/validate': tokens,
  '/rtc/v1/validate': joinRequests,
  Twirp: calls,
};
