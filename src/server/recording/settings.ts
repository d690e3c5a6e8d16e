/** What config.yaml says about recording. */
import { resolve } from 'node:path';
import type { Config } from '../../config/model.ts';
import type { UploadTarget } from '../../sfu/egress.ts';

export interface RedisSettings {
  host: string;
  port: number;
  username: string | undefined;
  password: string | undefined;
  db: number;
  tls: boolean;
}

export interface RecordingSettings {
  /** Where files are kept, and where recorders that share this disk put theirs. */
  folder: string;
  /** Recorders upload there, and files are kept there. */
  bucket: UploadTarget | undefined;
  /** 0: any size. */
  maxBytes: number;
  /** 0: any number. */
  maxPerRoom: number;
  /** How long a recording is kept, in milliseconds; 0: for ever. */
  retentionMs: number;
  /** Between two looks for what is too old; 0: never. */
  cleanUpMs: number;
  /** Absent: nothing is recorded. LiveKit tells its recorders by it, and jobs are kept in it. */
  redis: RedisSettings | undefined;
  /** How often a file is tried to be had. */
  attempts: number;
  /** How many files are fetched at once. */
  concurrency: number;
}

const hour = 3_600_000;
const megabyte = 1024 * 1024;

/** @param cwd what relative folders are in */
export function recordingSettings(
  { recording, chat, queue, livekit }: Pick<Config, 'recording' | 'chat' | 'queue' | 'livekit'>,
  cwd: string,
): RecordingSettings {
  return {
    folder: resolve(cwd, recording.storageDir || './data/recordings'),
    bucket: bucketOf(chat),
    maxBytes: recording.maxFileSizeMB * megabyte,
    maxPerRoom: recording.maxRecordingsPerRoom,
    retentionMs: recording.retentionHours * hour,
    cleanUpMs: recording.cleanupIntervalHours * hour,
    redis: redisOf(livekit.redis),
    attempts: Math.max(1, queue.maxAttempts),
    concurrency: Math.max(1, queue.concurrency),
  };
}

/** Bedrud keeps recordings in the bucket for chat uploads, where it is configured in full. */
function bucketOf(chat: Config['chat']): UploadTarget | undefined {
  const { s3 = {} } = (chat['uploads'] ?? {}) as { s3?: Partial<UploadTarget> };
  const { endpoint, bucket, region, accessKey, secretKey } = s3;
  if (!endpoint || !bucket || !accessKey) return undefined;
  return { endpoint, bucket, region: region || 'us-east-1', accessKey, secretKey: secretKey ?? '' };
}

function redisOf({ address, username, password, db, tls }: Config['livekit']['redis']) {
  if (!address) return undefined;
  const [, host = address, port = '6379'] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: Number(port), username, password, db: db ?? 0, tls: tls ?? false };
}
