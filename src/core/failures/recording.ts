/** Recordings, and telling others of them. */
import type { Entry } from './entry.ts';

export const recordingFailures = {
  'recording/no-redis': {
    exit: 3,
    http: 503,
    message: 'LiveKit has no Redis, and without it nothing can be recorded',
    hint: 'set livekit.redis.address (redis.address in the file of an external LiveKit), and give the egress service the same Redis',
  },
  'recording/no-recorder': {
    exit: 3,
    http: 503,
    message: 'no recorder answered: LiveKit found no egress service that could take the recording',
    hint: 'start livekit/egress with the Redis and the keys of this LiveKit; one that is busy takes no more',
  },
  'recording/room-empty': {
    exit: 3,
    http: 409,
    message: 'nobody is in room {room}, so there is nothing to record',
    hint: 'start the recording once somebody has joined',
  },
  'recording/off': {
    exit: 3,
    http: 503,
    message: 'recording is off: livekit.redis.address is not set',
    hint: "recording takes a Redis and LiveKit's egress service; docs/recording.md says how",
  },
  'recording/unavailable': {
    exit: 3,
    http: 503,
    message: 'nothing can be recorded at the moment: {reason}',
    hint: 'try again once it is back; bedrud doctor looks into it',
  },
  'recording/not-allowed': {
    exit: 3,
    http: 403,
    message: 'room {room} may not be recorded',
    hint: 'its creator can allow it: recordingsAllowed in the settings of the room',
  },
  'recording/none': {
    exit: 3,
    http: 404,
    message: 'room {room} is not being recorded',
    hint: 'bedrud recording list shows what is',
  },
  'recording/not-found': {
    exit: 3,
    http: 404,
    message: 'there is no recording {recording}',
    hint: 'it may have been deleted; bedrud recording list shows those there are',
  },
  'recording/not-over': {
    exit: 3,
    http: 409,
    message: 'the recording of room {room} is not over yet',
    hint: 'stop it, and wait for its file',
  },
  'recording/no-file': {
    exit: 3,
    http: 409,
    message: 'the recording has no file: {reason}',
    hint: 'a recording has one once it is completed',
  },
  'recording/not-read': {
    exit: 3,
    http: 503,
    message: 'the file cannot be read at the moment: {reason}',
    hint: 'try again; bedrud recording info shows where it is kept',
  },
  'recording/altered': {
    exit: 3,
    http: 500,
    message: 'the file of recording {recording} is not the one that was kept',
    hint: 'its SHA-256 differs: look at what else writes to the storage',
  },
  'recording/no-such-range': {
    exit: 3,
    http: 416,
    message: 'the file has {size} bytes, and not the part that was asked for',
    hint: 'ask for a part of what there is',
  },
  'recording/not-begun': {
    exit: 3,
    http: 408,
    message: 'the recording has not begun yet',
    hint: 'ask again',
  },
  'recording/not-fetched': {
    exit: 3,
    http: 502,
    message: "the recorder's file cannot be had: {reason}",
    hint: 'recorders on other hosts need a bucket (chat.uploads.s3), those on this one recording.storageDir at the same path',
  },
  'recording/not-kept': {
    exit: 3,
    http: 503,
    message: 'the file cannot be kept in {where}: {reason}',
    hint: 'check that it is there, that this user may write to it, and that there is room',
  },
  'recording/too-large': {
    exit: 3,
    http: 413,
    message: 'the file is larger than {limit} MB',
    hint: 'raise recording.maxFileSizeMB',
  },
  'recording/damaged': {
    exit: 3,
    http: 502,
    message: 'the file has {size} bytes, and LiveKit says {expected}',
    hint: 'the upload may not have been through yet',
  },
  'recording/running': {
    exit: 3,
    http: 409,
    message: 'room {room} is being recorded already',
    hint: 'stop that recording first',
  },
  'recording/limit-reached': {
    exit: 3,
    http: 403,
    message: 'the room has {limit} recordings, as many as this server allows',
    hint: 'delete one, or ask an administrator to raise recording.maxRecordingsPerRoom',
  },
} as const satisfies Record<string, Entry>;
