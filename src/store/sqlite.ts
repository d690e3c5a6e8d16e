/** SQLite, through libsql's binding. */
import { constants, existsSync } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  sql,
} from 'kysely';
import Libsql from 'libsql';
import { type Failure, failure, reasonOf, systemCode } from '../core/errors.ts';
import { makeFolder } from '../core/files.ts';
import { type Access, type QueryWatch, timed, watched } from './access.ts';
import type { Database } from './schema.ts';
import { type ImmediateAdapter, isSingleRow } from './statements.ts';

/** How long a writer waits for another process to finish, in milliseconds. */
const busyTimeout = 5000;

/**
 * The file and its directory are made where missing, for this user alone.
 * @throws Failure `store/unavailable`
 */
export async function accessSqlite(path: string, watch?: QueryWatch): Promise<Access> {
  const sqlite = await openFile(path).catch((error: unknown) => {
    throw sqliteFailure(path, error);
  });
  const db = new Kysely<Database>({
    ...watched(watch),
    dialect: new Dialect(reusingStatements(sqlite), watch),
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

/**
 * Kysely prepares each query anew. Ours are few, one runs at a time, and each is read to its end at once, so a statement can
 * serve again.
 */
function reusingStatements(sqlite: Libsql.Database): SqliteDatabase {
  const statements = new Map<string, Statement>();
  return {
    close: () => sqlite.close(),
    prepare(text) {
      let statement = statements.get(text);
      if (statement === undefined) {
        statement = prepared(sqlite, text);
        statements.set(text, statement);
      }
      return statement;
    },
  };
}

type Statement = ReturnType<SqliteDatabase['prepare']>;

function prepared(sqlite: Libsql.Database, text: string): Statement {
  const made = sqlite.prepare(text);
  // better-sqlite3's types, which libsql has, say less of a statement's parameters than Kysely asks for.
  if (!isSingleRow(text)) return constant(made as unknown as Statement);
  const names = made.columns().map(({ name }) => name);
  // As an object it would come with a note of how long it took.
  const values = made.raw() as unknown as { get(parameters: readonly unknown[]): unknown[] | undefined };
  return {
    ...constant(made as unknown as Statement),
    all(parameters) {
      const row = values.get(parameters);
      return row === undefined ? [] : [Object.fromEntries(names.map((name, n) => [name, row[n]]))];
    },
  };
}

/** libsql asks the database anew whether a statement gives rows, each time. */
function constant(made: Statement): Statement {
  return {
    reader: made.reader,
    all: (parameters) => made.all(parameters),
    run: (parameters) => made.run(parameters),
    iterate: (parameters) => made.iterate(parameters),
  };
}

/** Whether somebody has the connection to themselves, for a transaction or a statement of Kysely's. */
interface Turn {
  taken: boolean;
}

/** Kysely's, for a file that several processes write to. */
class Dialect extends SqliteDialect {
  readonly #database: SqliteDatabase;
  readonly #watch: QueryWatch | undefined;
  readonly #turn: Turn = { taken: false };
  constructor(database: SqliteDatabase, watch: QueryWatch | undefined) {
    super({ database });
    this.#database = database;
    this.#watch = watch;
  }
  override createDriver(): Driver {
    return new Driver(this.#database, this.#turn);
  }
  override createAdapter(): Adapter {
    return new Adapter(this.#database, this.#turn, this.#watch);
  }
}

class Driver extends SqliteDriver {
  readonly #turn: Turn;
  constructor(database: SqliteDatabase, turn: Turn) {
    super({ database });
    this.#turn = turn;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    this.#turn.taken = true;
    return connection;
  }

  override async releaseConnection(): Promise<void> {
    this.#turn.taken = false;
    await super.releaseConnection();
  }

  /**
   * Takes the write lock at once. A transaction that begins by reading gets it too late: what it read may have
   * changed, and SQLite refuses to let it write.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class Adapter extends SqliteAdapter implements ImmediateAdapter {
  readonly #database: SqliteDatabase;
  readonly #turn: Turn;
  readonly #watch: QueryWatch | undefined;
  constructor(database: SqliteDatabase, turn: Turn, watch: QueryWatch | undefined) {
    super();
    this.#database = database;
    this.#turn = turn;
    this.#watch = watch;
  }

  /** It does: with this, migrations are one transaction, so that two processes don't both do them. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Kysely's way to a statement, and back from it, takes longer than most of them do. */
  immediately(text: string, parameters: readonly unknown[], inTransaction: boolean) {
    // Within the transaction of somebody else, what this does could be undone.
    if (this.#turn.taken && !inTransaction) return undefined;
    return timed(this.#watch, text, () => {
      const statement = this.#database.prepare(text);
      if (statement.reader) return { rows: statement.all(parameters) };
      statement.run(parameters);
      return { rows: [] };
    });
  }
}
