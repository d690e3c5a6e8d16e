/** The schema a database has, and bringing it up to date. */
import { type Kysely, Migrator, sql } from 'kysely';
import { failure } from '../core/errors.ts';
import { migrationProvider } from './migrations.ts';
import type { Database } from './schema.ts';

export interface MigrationState {
  name: string;
  /** Undefined: not yet. */
  appliedAt: Date | undefined;
}

/**
 * Every migration this version of bedrud has, in order. Changes nothing.
 * @param where how messages name the database
 * @throws Failure `store/foreign`, `store/newer-schema`
 */
export async function migrationsOf(db: Kysely<Database>, where: string): Promise<MigrationState[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const has = (table: string) => tables.some(({ name }) => name === table);
  const migrated = has('kysely_migration');
  // The Bedrud server keeps its rooms in a table of the same name.
  if (has('rooms') && !migrated) throw failure('store/foreign', { where });
  const known = await migrator(db).getMigrations();
  if (migrated) {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    const isOurs = ({ name }: { name: string }) => known.some((migration) => migration.name === name);
    if (rows.length > 0 && !rows.some(isOurs)) throw failure('store/foreign', { where });
    const newer = rows.find((row) => !isOurs(row));
    if (newer) throw failure('store/newer-schema', { where, migration: newer.name });
  }
  return known.map(({ name, executedAt }) => ({ name, appliedAt: executedAt }));
}

/**
 * Applies the migrations that are missing: all of them or none, and each once however many processes do this at the
 * same time.
 * @returns the names of those applied
 * @throws Failure `store/foreign`, `store/newer-schema`
 */
export async function bringUpToDate(db: Kysely<Database>, where: string): Promise<string[]> {
  const states = await migrationsOf(db, where);
  if (states.every(({ appliedAt }) => appliedAt)) return [];
  const { error, results = [] } = await migrator(db).migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

function migrator(db: Kysely<Database>): Migrator {
  return new Migrator({
    db,
    provider: migrationProvider,
    // The usual order is that of a language, and its rules are 3 MB.
    nameComparator: (a, b) => (a < b ? -1 : Number(a > b)),
  });
}
