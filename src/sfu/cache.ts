import { resolve } from 'node:path';
import envPaths from 'env-paths';
import { type Failure, failure, reasonOf } from '../core/errors.ts';
import { makeFolder, unwritableHint } from '../core/files.ts';

/** Where bedrud keeps what it downloads: BEDRUD_CACHE_DIR, else the user's cache folder. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['BEDRUD_CACHE_DIR'];
  return named ? resolve(named) : envPaths('bedrud', { suffix: '' }).cache;
}

/** @throws Failure `output/unwritable` */
export async function makeCacheFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    throw cacheUnwritable(folder, error);
  });
}

/** What it means that `file`, which is in the cache, can't be written. */
export function cacheUnwritable(file: string, error: unknown): Failure {
  const hint = unwritableHint(error, 'set BEDRUD_CACHE_DIR to a folder that can be written');
  return failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
}
