/** Opens the database that the configuration names. */
import type { Kysely } from 'kysely';
import { Failure } from '../core/errors.ts';
import type { Access, QueryWatch } from './access.ts';
import { type DatabaseLocation, nameOf } from './location.ts';
import { bringUpToDate, type MigrationState, migrationsOf } from './migrate.ts';
import { migrationProvider } from './migrations.ts';
import type { Database } from './schema.ts';
import { type OpenSession, Sessions } from './sessions.ts';
import { accessSqlite, sqliteExists } from './sqlite/index.ts';

/**
 * A migrated database. SQLite's file and its directory are made where missing, for this user alone.
 * @param prepare what to do with it first; its errors are told as those of opening it
 * @throws Failure `store/…`
 */
export async function openDatabase(
  location: DatabaseLocation,
  prepare: (db: Kysely<Database>) => Promise<void>,
  watch?: QueryWatch,
): Promise<Kysely<Database>> {
  const access = await accessTo(location, watch);
  return guarded(access, async () => {
    await bringUpToDate(access.db, nameOf(location));
    await prepare(access.db);
    return access.serving();
  });
}

/** Brings the schema up to date. @returns the migrations applied @throws Failure `store/…` */
export function migrateDatabase(location: DatabaseLocation): Promise<string[]> {
  return briefly(location, ({ db }) => bringUpToDate(db, nameOf(location)));
}

export interface DatabaseStatus {
  /** `SQLite 3.45.1`; undefined where there is no database yet. */
  version: string | undefined;
  /** In bytes. */
  size: number;
  migrations: MigrationState[];
}

/**
 * How the database is. Nothing is made or changed: SQLite's file need not be there, if it could be made.
 * @throws Failure `store/…`
 */
export async function databaseStatus(location: DatabaseLocation): Promise<DatabaseStatus> {
  if (location.type === 'sqlite' && !(await sqliteExists(location.path))) {
    const names = Object.keys(await migrationProvider.getMigrations());
    return {
      version: undefined,
      size: 0,
      migrations: names.map((name) => ({ name, appliedAt: undefined })),
    };
  }
  return briefly(location, async (access) => ({
    version: await access.version(),
    size: await access.size(),
    migrations: await migrationsOf(access.db, nameOf(location)),
  }));
}

/**
 * Who is taken to be where; undefined where there is no database yet, or one that an older version made. Nothing is
 * made or changed.
 * @throws Failure `store/…`
 */
export async function openSessionsIn(location: DatabaseLocation): Promise<OpenSession[] | undefined> {
  if (location.type === 'sqlite' && !(await sqliteExists(location.path))) return undefined;
  return briefly(location, async ({ db }) => {
    const states = await migrationsOf(db, nameOf(location));
    return states.every(({ appliedAt }) => appliedAt) ? new Sessions(db).open() : undefined;
  });
}

async function accessTo(location: DatabaseLocation, watch?: QueryWatch): Promise<Access> {
  if (location.type === 'sqlite') return accessSqlite(location.path, watch);
  // Who keeps the state in SQLite doesn't pay for loading the other.
  const { accessPostgres } = await import('./postgres/index.ts');
  return accessPostgres(location, watch);
}

async function briefly<T>(location: DatabaseLocation, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await accessTo(location);
  return guarded(access, async () => {
    const result = await work(access);
    await access.db.destroy();
    return result;
  });
}

/** Ends the connection when `work` fails, and says what that means. */
async function guarded<T>(access: Access, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await access.db.destroy();
    throw error instanceof Failure ? error : access.failureOf(error);
  }
}
