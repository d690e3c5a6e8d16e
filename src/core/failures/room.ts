/** Rooms, and who may do what in them. */
import type { Entry } from './entry.ts';

export const roomFailures = {
  'room/not-found': { exit: 3, http: 404, message: 'there is no room {room}', hint: 'create it first' },
  'room/name-taken': {
    exit: 3,
    http: 409,
    message: 'a room named {room} exists already',
    hint: 'join it, or choose another name',
  },
  'room/limit-reached': {
    exit: 3,
    http: 403,
    message: 'you have {limit} active rooms, as many as this server allows',
    hint: 'close one, or ask an administrator to raise server.maxRoomsPerUser',
  },
  'room/private': {
    exit: 3,
    http: 403,
    message: 'room {room} is private',
    hint: 'ask whoever created it to let you in',
  },
  'room/full': {
    exit: 3,
    http: 403,
    message: 'the room is full: all of its {seats} seats are taken',
    hint: 'try again once somebody has left',
  },
  'room/inactive': {
    exit: 3,
    http: 410,
    message: 'room {room} is no longer active',
    hint: 'create it again',
  },
  'room/suspended': {
    exit: 3,
    http: 410,
    message: 'room {room} is suspended',
    hint: 'ask an administrator of the server',
  },
  'room/banned': {
    exit: 3,
    http: 403,
    message: 'you are banned from room {room}',
    hint: 'ask whoever created it to let you in again',
  },
  'room/not-banned': {
    exit: 3,
    http: 404,
    message: '{identity} is not banned from room {room}',
    hint: 'the list of bans says who is',
  },
  'room/not-moderator': {
    exit: 3,
    http: 404,
    message: '{identity} does not moderate room {room}',
    hint: 'promote them first',
  },
  'room/no-seat': {
    exit: 3,
    http: 403,
    message: 'you have no seat in room {room}: you are not there, and your last token for it has run out',
    hint: 'join it',
  },
  'room/wrong-state': {
    exit: 3,
    http: 409,
    message: 'room {room} is {state}',
    hint: '{hint}',
  },
  'room/guests-off': {
    exit: 3,
    http: 403,
    message: 'this server lets in nobody without an account',
    hint: 'sign in, or ask an administrator to set auth.guestLoginEnabled',
  },
  'room/unmute-refused': {
    exit: 3,
    http: 409,
    message: 'livekit-server does not unmute {identity} from afar',
    hint: 'set livekit.room.enable_remote_unmute: true and restart it (room.enable_remote_unmute in its own file), or ask them to unmute themselves',
  },
  'room/no-such-participant': {
    exit: 3,
    http: 404,
    message: '{identity} is not in room {room}',
    hint: 'they may have left in the meantime',
  },
  'room/no-such-track': {
    exit: 3,
    http: 404,
    message: '{identity} publishes no track {track}',
    hint: 'name a track that is published; bedrud room participants lists them',
  },
} as const satisfies Record<string, Entry>;
