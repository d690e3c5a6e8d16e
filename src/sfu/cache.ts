import { resolve } from 'node:path';
import envPaths from 'env-paths';

/** Where bedrud keeps what it downloads: BEDRUD_CACHE_DIR, else the user's cache folder. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['BEDRUD_CACHE_DIR'];
  return named ? resolve(named) : envPaths('bedrud', { suffix: '' }).cache;
}
