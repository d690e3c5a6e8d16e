import { readFile, rm, writeFile } from 'node:fs/promises';
import { Failure, failure, systemCode } from '../core/errors.ts';
import { cacheUnwritable } from './cache.ts';
import { isAlive } from './proc.ts';

/**
 * Runs `work` while `file` names this process, so that no other does the same. A lock whose process is gone
 * doesn't count.
 * @throws Failure `install/busy`, `output/unwritable`
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const take = () => writeFile(file, String(process.pid), { flag: 'wx' });
  try {
    await take().catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
      const holder = Number(await readFile(file, 'utf8'));
      if (holder > 0 && isAlive(holder)) throw failure('install/busy', { pid: holder, file });
      await rm(file, { force: true });
      await take();
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw cacheUnwritable(file, error);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
