import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { type QueryWatch, timed } from '../access.ts';
import type { ImmediateAdapter } from '../statements.ts';
import type { Checkpoints } from './checkpoints.ts';

/** Whether somebody has the connection to themselves, for a transaction or a statement of Kysely's. */
interface Turn {
  taken: boolean;
}

/** Kysely's, for a file that several processes write to. */
export class Dialect extends SqliteDialect {
  readonly #database: SqliteDatabase;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #watch: QueryWatch | undefined;
  readonly #turn: Turn = { taken: false };
  constructor(database: SqliteDatabase, checkpoints: Checkpoints | undefined, watch: QueryWatch | undefined) {
    super({ database });
    this.#database = database;
    this.#checkpoints = checkpoints;
    this.#watch = watch;
  }
  override createDriver(): Driver {
    return new Driver(this.#database, this.#checkpoints, this.#turn);
  }
  override createAdapter(): Adapter {
    return new Adapter(this.#database, this.#turn, this.#watch);
  }
}

class Driver extends SqliteDriver {
  readonly #checkpoints: Checkpoints | undefined;
  readonly #turn: Turn;
  constructor(database: SqliteDatabase, checkpoints: Checkpoints | undefined, turn: Turn) {
    super({ database });
    this.#checkpoints = checkpoints;
    this.#turn = turn;
  }

  override async destroy(): Promise<void> {
    await this.#checkpoints?.end();
    await super.destroy();
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
