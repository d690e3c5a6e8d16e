/** Takes livekit-server, and nothing else, out of a release archive. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { Failure, failure, reasonOf } from '../core/errors.ts';

/** Unpacked, a release has some 75 MB. In bytes. */
const limit = 512 * 1024 * 1024;

/** The SHA-256 of a file, in hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Writes the archive's livekit-server as `target`, executable. No other entry is written anywhere, so names
 * and links in the archive can't reach outside.
 * @throws Failure `install/bad-archive`
 */
export async function unpackBinary(archive: string, target: string): Promise<void> {
  const bad = (reason: string, cause?: unknown) =>
    failure('install/bad-archive', { file: archive, reason }, cause);
  const failed = new AbortController();
  let written: Promise<void> | undefined;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (written !== undefined || !isBinary(entry)) return void entry.resume();
      const file = createWriteStream(target, { mode: 0o755, flags: 'wx' });
      written = pipeline(entry, file, { signal: failed.signal });
      written.catch((error: unknown) => failed.abort(error));
    },
  });
  parser.on('error', (error: unknown) => failed.abort(error));
  try {
    await pipeline(
      createReadStream(archive),
      createGunzip(),
      async (unzipped: AsyncIterable<Buffer>) => {
        let size = 0;
        for await (const chunk of unzipped) {
          size += chunk.length;
          if (size > limit) throw bad(`unpacked it has more than ${limit / 1024 / 1024} MB`);
          if (!parser.write(chunk)) await once(parser, 'drain', { signal: failed.signal });
        }
        parser.end();
        await written;
      },
      { signal: failed.signal },
    );
    failed.signal.throwIfAborted();
  } catch (error) {
    failed.abort(error);
    await written?.catch(() => undefined);
    const cause: unknown = failed.signal.reason;
    throw cause instanceof Failure ? cause : bad(reasonOf(cause), cause);
  }
  if (written === undefined) throw bad('there is no livekit-server in it');
}

function isBinary(entry: ReadEntry): boolean {
  return entry.type === 'File' && entry.path.replace(/^\.\//, '') === 'livekit-server';
}
