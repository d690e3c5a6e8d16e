import { RoomParticipantIdentity } from '@livekit/protocol';
import { type Expected, type HttpCase, json, missing, plain, refused } from './http-case.ts';
import { adminToken, joinToken } from './subject.ts';

const good = joinToken('room', 'ana');
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

/** Calls of the API that need nothing to have happened before. */
export const twirpCases: HttpCase[] = [
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
    expected: { '0.0.0': unavailable, '1.9.0': nobody },
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
    expected: { '0.0.0': noRoute('RoomService/MoveParticipant'), '1.9.0': denied },
  },
  {
    name: 'ForwardParticipant to the same room',
    ...twirp('RoomService/ForwardParticipant', {
      bearer: adminToken('room', { destinationRoom: 'room' }),
      body: '{"room":"room","identity":"a","destinationRoom":"room"}',
    }),
    expected: {
      '0.0.0': noRoute('RoomService/ForwardParticipant'),
      '1.9.0': refused(400, 'invalid_argument', 'destination room cannot be the same as source room '),
    },
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
      '1.9.12': refused(500, 'internal', 'twirp error unknown: egress not connected (redis required)'),
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
