/** Recordings in a folder. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure, failure, reasonOf, systemCode } from '../../core/errors.ts';
import type { Range, Storage } from './storage.ts';

/** What isn't written to any more after so long was left half written by a process that died. In milliseconds. */
const abandoned = 3_600_000;

export class DiskStorage implements Storage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async put(key: string, content: Readable): Promise<void> {
    const path = this.#path(key);
    const partial = `${path}.${randomUUID()}.partial`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600 }));
      await sync(partial);
      await rename(partial, path);
      await sync(dirname(path));
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {});
      // What went wrong where the content comes from is told as it is.
      if (error instanceof Failure || systemCode(error) === undefined) throw error;
      throw failure('recording/not-kept', { where: dirname(path), reason: reasonOf(error) }, error);
    }
  }

  async get(key: string, range?: Range): Promise<Readable> {
    const path = this.#path(key);
    await stat(path).catch((error: unknown) => {
      throw systemCode(error) === 'ENOENT'
        ? failure('recording/no-file', { reason: 'it is not where it was kept' }, error)
        : failure('recording/not-read', { reason: systemCode(error) ?? reasonOf(error) }, error);
    });
    return createReadStream(path, range);
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    await rm(path, { force: true });
    // The room's folder goes with its last recording.
    await rmdir(dirname(path)).catch(() => {});
  }

  async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#path('recordings'), { recursive: true }).catch(() => [])) {
      if (!name.endsWith('.partial')) continue;
      const file = join(this.#folder, 'recordings', name);
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
      if (mtimeMs < Date.now() - abandoned) await rm(file, { force: true });
    }
  }

  #path(key: string): string {
    const path = join(this.#folder, key);
    if (!path.startsWith(this.#folder + sep)) throw new Error(`${key} is outside of ${this.#folder}`);
    return path;
  }
}

/** Has what was written survive the machine. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
