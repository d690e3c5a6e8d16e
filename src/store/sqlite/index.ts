/** SQLite, through libsql's binding. */
import { constants, existsSync } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import Libsql from 'libsql';
import { type Failure, failure, reasonOf, systemCode } from '../../core/errors.ts';
import { makeFolder } from '../../core/files.ts';
import { type Access, type QueryWatch, watched } from '../access.ts';
import type { Database } from '../schema.ts';
import { Checkpoints } from './checkpoints.ts';
import { Dialect } from './dialect.ts';
import { reusingStatements } from './statements.ts';

/** How long a writer waits for another process to finish, in milliseconds. */
const busyTimeout = 5000;
/** In pages of 4 KiB: from there on SQLite makes its checkpoints itself, should ours (checkpoints.ts) not keep up. */
const longestLog = 10_000;

/**
 * The file and its directory are made where missing, for this user alone.
 * @throws Failure `store/unavailable`
 */
export async function accessSqlite(path: string, watch?: QueryWatch): Promise<Access> {
  const sqlite = await openFile(path).catch((error: unknown) => {
    throw sqliteFailure(path, error);
  });
  // What is in memory has no log.
  const checkpoints =
    path === ':memory:' ? undefined : new Checkpoints(path, (work) => db.connection().execute(work));
  const db: Kysely<Database> = new Kysely({
    ...watched(watch),
    dialect: new Dialect(
      reusingStatements(sqlite, () => checkpoints?.count()),
      checkpoints,
      watch,
    ),
  });
  return {
    db,
    serving: async () => db,
    failureOf: (error) => sqliteFailure(path, error),
    async version() {
      const { rows } = await sql<{ version: string }>`select sqlite_version() as version`.execute(db);
      return `SQLite ${rows[0]?.version}`;
    },
    size: async () => (await stat(path)).size,
  };
}

/**
 * Is there a file, or could one be made? Nothing is made or changed.
 * @throws Failure `store/unavailable`
 */
export async function sqliteExists(path: string): Promise<boolean> {
  try {
    const exists = existsSync(path);
    let folder = dirname(path);
    while (!exists && !existsSync(folder)) folder = dirname(folder);
    await access(exists ? path : folder, constants.W_OK | (exists ? constants.R_OK : constants.X_OK));
    return exists;
  } catch (error) {
    throw sqliteFailure(path, error);
  }
}

function sqliteFailure(path: string, error: unknown): Failure {
  // SQLite's code for a query that doesn't fit the tables. What keeps it from the file has codes of its own.
  if (systemCode(error) === 'SQLITE_ERROR') {
    return failure('store/other-schema', { where: path, reason: reasonOf(error) }, error);
  }
  return failure('store/unavailable', { path, reason: reasonOf(error) }, error);
}

async function openFile(path: string): Promise<Libsql.Database> {
  if (path !== ':memory:') {
    await makeFolder(dirname(path), 0o700);
    await (await open(path, 'a', 0o600)).close();
  }
  const sqlite = new Libsql(path);
  sqlite.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  await useWal(sqlite);
  // With WAL a crash of the machine may lose the last commits, never the database; a webhook lost so is sent again.
  sqlite.exec('PRAGMA synchronous = NORMAL');
  sqlite.exec(`PRAGMA wal_autocheckpoint = ${longestLog}`);
  sqlite.exec('PRAGMA foreign_keys = ON');
  return sqlite;
}

/**
 * SQLite answers "locked" at once where two connections want to be the first to change the mode, whatever the time-out:
 * waiting in both would never end (https://www.sqlite.org/c3ref/busy_handler.html). So one of them comes back.
 */
async function useWal(sqlite: Libsql.Database): Promise<void> {
  for (const giveUp = Date.now() + busyTimeout; ; await sleep(5 + Math.random() * 20)) {
    try {
      sqlite.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'SQLITE_BUSY' || Date.now() > giveUp) throw error;
    }
  }
}
