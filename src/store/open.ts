/** Opens the database and brings its schema up to date. */
import { constants, existsSync } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, Migrator, type SqliteDatabase, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import { Failure, failure, reasonOf } from '../core/errors.ts';
import { migrationProvider } from './migrations.ts';
import type { Database } from './schema.ts';

/** The part of `database:` in config.yaml that says where the data is. */
export interface DatabaseLocation {
  type: 'sqlite' | 'postgres';
  /** SQLite's file; `:memory:` for a database that is gone with the process. */
  path: string;
}

/** How long a writer waits for another process to finish, in milliseconds. */
const busyTimeout = 5000;

/**
 * A migrated database. The file and its directory are made where missing, for this user alone.
 * @throws Failure `store/postgres-not-supported`, `store/foreign`, `store/unavailable`
 */
export async function openDatabase(location: DatabaseLocation): Promise<Kysely<Database>> {
  if (location.type === 'postgres') throw failure('store/postgres-not-supported', {});
  const { path } = location;
  let db: Kysely<Database> | undefined;
  try {
    const sqlite = await openSqlite(path);
    db = new Kysely<Database>({ dialect: new SqliteDialect({ database: reusingStatements(sqlite) }) });
    if (isForeign(sqlite)) throw failure('store/foreign', { path });
    await migrate(db);
    return db;
  } catch (error) {
    await db?.destroy();
    if (error instanceof Failure) throw error;
    throw failure('store/unavailable', { path, reason: reasonOf(error) }, error);
  }
}

/**
 * Could {@link openDatabase} open it? Nothing is made or changed.
 * @throws Failure `store/postgres-not-supported`, `store/foreign`, `store/unavailable`
 */
export async function checkDatabase(location: DatabaseLocation): Promise<void> {
  if (location.type === 'postgres') throw failure('store/postgres-not-supported', {});
  const { path } = location;
  try {
    if (!existsSync(path)) {
      let folder = dirname(path);
      while (!existsSync(folder)) folder = dirname(folder);
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    }
    await access(path, constants.R_OK | constants.W_OK);
    const sqlite = new Libsql(path);
    try {
      if (isForeign(sqlite)) throw failure('store/foreign', { path });
    } finally {
      sqlite.close();
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw failure('store/unavailable', { path, reason: reasonOf(error) }, error);
  }
}

async function openSqlite(path: string): Promise<Libsql.Database> {
  if (path !== ':memory:') {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await (await open(path, 'a', 0o600)).close();
  }
  const sqlite = new Libsql(path);
  sqlite.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  sqlite.exec('PRAGMA journal_mode = WAL');
  // With WAL a crash of the machine may lose the last commits, never the database; a webhook lost so is sent again.
  sqlite.exec('PRAGMA synchronous = NORMAL');
  sqlite.exec('PRAGMA foreign_keys = ON');
  return sqlite;
}

/**
 * Kysely prepares each query anew. Ours are few, one runs at a time, and each is read to its end at once, so a statement can
 * serve again.
 */
function reusingStatements(sqlite: Libsql.Database): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => sqlite.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known) return known;
      // better-sqlite3's types, which libsql has, say less of a statement's parameters than Kysely asks for.
      const made = sqlite.prepare(sql) as unknown as ReturnType<SqliteDatabase['prepare']>;
      statements.set(sql, made);
      return made;
    },
  };
}

/** Is this another program's database? The Bedrud server keeps its rooms in a table of the same name. */
function isForeign(sqlite: Libsql.Database): boolean {
  const has = (table: string) =>
    sqlite.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table) !== undefined;
  return has('rooms') && !has('kysely_migration');
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest();
  if (error !== undefined) throw error;
}
