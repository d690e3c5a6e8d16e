/** A copy of the database in one file, made while others go on using it. */
import { existsSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { sql } from 'kysely';
import { failure, reasonOf } from '../core/errors.ts';
import type { DatabaseLocation } from './location.ts';
import { accessSqlite } from './sqlite/index.ts';

export interface BackupOptions {
  /** What pg_dump is found by. */
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/**
 * Copies the database to `file`, which must not be there yet, for this user alone: all of it or nothing. SQLite's is a
 * database like the first; PostgreSQL's an archive for pg_restore.
 * @throws Failure `output/unwritable`, `store/…`
 */
export async function backUpDatabase(
  location: DatabaseLocation,
  file: string,
  options: BackupOptions,
): Promise<void> {
  const partial = `${file}.partial`;
  // Both write into an empty file that is there, and so keep its mode.
  await (await open(partial, 'wx', 0o600).catch(unwritable(partial))).close();
  try {
    if (location.type === 'sqlite') await copySqlite(location.path, partial);
    else await (await import('./postgres/dump.ts')).dumpPostgres(location, partial, options);
    // Unlike a rename, this never replaces what is there.
    await link(partial, file).catch(unwritable(file));
  } finally {
    await rm(partial, { force: true });
  }
}

async function copySqlite(path: string, to: string): Promise<void> {
  if (!existsSync(path)) throw failure('store/unavailable', { path, reason: 'there is no such file' });
  const { db, failureOf } = await accessSqlite(path);
  try {
    await sql`vacuum into ${to}`.execute(db);
  } catch (error) {
    throw failureOf(error);
  } finally {
    await db.destroy();
  }
}

function unwritable(file: string) {
  return (error: unknown): never => {
    const hint = 'name a file that is not there yet, in a folder this user may write to';
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  };
}
