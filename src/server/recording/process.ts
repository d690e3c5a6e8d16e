/** process_recording: has a recorder's file, as it should be, in our storage. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { failure, reasonOf } from '../../core/errors.ts';
import type { Recording, Store } from '../../store/index.ts';
import type { RecordingLog } from './service.ts';
import { openSource, removeSource, type SourceOptions } from './source.ts';

export interface ProcessOptions extends SourceOptions {
  store: Store;
  log: RecordingLog;
  /** How long a source may say nothing, in milliseconds. */
  patience?: number;
}

const usualPatience = 60_000;

/**
 * Fetches the file of a recording, looks at it, keeps it, and says that it is complete. It may be done again, and by
 * two at the same time: there is one file and one end.
 * @throws Failure `recording/not-fetched`, `recording/not-kept`, `recording/too-large`, `recording/damaged`
 */
export async function processRecording(id: string, options: ProcessOptions): Promise<void> {
  const { store, settings, storages, log, patience = usualPatience } = options;
  const recording = await store.recordings.byId(id);
  if (recording?.state !== 'processing') return;
  const began = performance.now();
  const source = await openSource(recording, options);
  const seen = { size: 0, hash: createHash('sha256') };
  const content = Readable.from(inspected(fetched(source, patience), recording, settings.maxBytes, seen));
  const storageKey = storages.nameFor(`recordings/${recording.roomId}/${id}.mp4`);
  await storages.put(storageKey, content);
  const facts = { storageKey, fileSize: seen.size, sha256: seen.hash.digest('hex') };
  const done = await store.recordings.step(id, 'stored', facts);
  if (!done?.moved) return;
  const ms = Math.round(performance.now() - began);
  log.info({ recording: id, room: recording.roomName, bytes: seen.size, ms }, 'recording completed');
  await forgetSource(done.recording, options).catch((error: unknown) => {
    log.warn({ recording: id, problem: reasonOf(error) }, "the recorder's file is still there");
  });
}

/** Removes the recorder's file of a recording that is completed, and notes that. Again, where somebody died in between. */
export async function forgetSource(
  recording: Recording,
  options: Pick<ProcessOptions, 'store' | 'settings' | 'storages'>,
): Promise<void> {
  await removeSource(recording, options);
  await options.store.recordings.forgetSource(recording.id);
}

/** Passes `content` on, and fails at its end when it is not what LiveKit said. */
async function* inspected(
  content: AsyncIterable<Buffer>,
  { fileSize }: Recording,
  maxBytes: number,
  seen: { size: number; hash: ReturnType<typeof createHash> },
): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    seen.size += chunk.length;
    seen.hash.update(chunk);
    if (maxBytes > 0 && seen.size > maxBytes) {
      throw failure('recording/too-large', { limit: maxBytes / 1024 / 1024 });
    }
    yield chunk;
  }
  if (fileSize !== null && seen.size !== fileSize) {
    throw failure('recording/damaged', { size: seen.size, expected: fileSize });
  }
}

async function* fetched(content: Readable, patience: number): AsyncGenerator<Buffer> {
  const giveUp = () => content.destroy(new Error(`nothing came for ${patience / 1000} s`));
  // Only while something is waited for: whoever keeps it may take longer.
  let waiting = setTimeout(giveUp, patience);
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      clearTimeout(waiting);
      yield chunk;
      waiting = setTimeout(giveUp, patience);
    }
  } catch (error) {
    throw failure('recording/not-fetched', { reason: `it broke off: ${reasonOf(error)}` }, error);
  } finally {
    clearTimeout(waiting);
  }
}
