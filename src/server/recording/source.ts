/** Where a recorder put its file: our bucket, our disk, or somewhere on the web. */
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Failure, failure, reasonOf } from '../../core/errors.ts';
import type { SfuConnection } from '../../sfu/connection.ts';
import { mintToken } from '../../sfu/tokens.ts';
import type { Recording } from '../../store/index.ts';
import { fileName } from './reports.ts';
import type { RecordingSettings } from './settings.ts';
import type { Storages } from './storage.ts';

export interface SourceOptions {
  settings: RecordingSettings;
  storages: Storages;
  connection: SfuConnection;
}

/** A token for LiveKit's file server is good for so long, in milliseconds. */
const tokenTtl = 5 * 60_000;
/** The answer has to begin within this time, in milliseconds. */
const patience = 30_000;

/** Where a recorder is to put the file of `recordingId`. */
export function destinationOf(recordingId: string, { bucket, folder }: RecordingSettings): string {
  const name = fileName(recordingId);
  return bucket ? name : join(folder, name);
}

/** @throws Failure `recording/not-fetched` */
export async function openSource(recording: Recording, options: SourceOptions): Promise<Readable> {
  const { settings, storages } = options;
  try {
    if (settings.bucket) {
      const name = `s3:${fileName(recording.id)}`;
      const content = await storages.get(name).catch((error: unknown) => {
        // The recorder may have been told before there was a bucket.
        const elsewhere = isHttp(recording.source) || isWithin(settings.folder, recording.source);
        if (!elsewhere || (error as Failure).code !== 'recording/no-file') throw error;
      });
      if (content) return content;
    }
    if (isHttp(recording.source)) return await download(recording, recording.source, options);
    if (isWithin(settings.folder, recording.source)) return await fromDisk(resolve(recording.source));
  } catch (error) {
    const reason = error instanceof Failure ? error.message : reasonOf(error);
    throw failure('recording/not-fetched', { reason }, error);
  }
  throw failure('recording/not-fetched', {
    reason: `the recorder says it is at ${recording.source}, which is not below ${settings.folder}`,
  });
}

/** Removes the recorder's file, where that is ours to do. It may be gone already. */
export async function removeSource(
  { id, source }: Recording,
  { settings, storages }: Pick<SourceOptions, 'settings' | 'storages'>,
): Promise<void> {
  if (settings.bucket) await storages.remove(`s3:${fileName(id)}`);
  if (isWithin(settings.folder, source)) await rm(resolve(source), { force: true });
}

async function fromDisk(path: string): Promise<Readable> {
  await stat(path);
  return createReadStream(path);
}

async function download(recording: Recording, url: string, { connection }: SourceOptions): Promise<Readable> {
  const headers = { ...(isOf(connection, url) ? { authorization: roomBearer(connection, recording) } : {}) };
  const starting = new AbortController();
  const giveUp = setTimeout(() => starting.abort(new Error('no answer')), patience);
  const response = await fetch(url, { headers, redirect: 'error', signal: starting.signal });
  clearTimeout(giveUp);
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${new URL(url).origin} answered ${response.status}`);
  }
  return Readable.fromWeb(response.body as ReadableStream);
}

/** LiveKit's own server wants to know who asks; nobody else is to see such a token. */
function roomBearer(connection: SfuConnection, { roomName }: Recording): string {
  const token = mintToken(connection, {
    identity: 'bedrud-download',
    ttlMs: tokenTtl,
    grants: { video: { roomAdmin: true, room: roomName } },
  });
  return `Bearer ${token}`;
}

function isOf({ url }: SfuConnection, other: string): boolean {
  return new URL(url).origin === new URL(other).origin;
}

function isHttp(source: string | null): source is string {
  return source !== null && /^https?:\/\//i.test(source) && URL.canParse(source);
}

/** LiveKit names the path. Whatever it names, nothing else of this host is read. */
function isWithin(folder: string, source: string | null): source is string {
  return source !== null && resolve(source).startsWith(folder + sep) && !source.includes('\0');
}
