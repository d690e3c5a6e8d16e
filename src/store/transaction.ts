import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Runs `work` in the transaction that `db` is, or in one of its own. */
export function inTransaction<T>(
  db: Kysely<Database>,
  work: (tx: Kysely<Database>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/**
 * Lets one transaction at a time decide about each of `subjects`; the others wait here until it has ended, and then see
 * what it did. For what no unique index can say, such as how many there may be of something.
 * SQLite needs none of this: its transactions that write come one after another anyway.
 */
export async function oneAtATime(tx: Kysely<Database>, ...subjects: string[]): Promise<void> {
  if (!isPostgres(tx)) return;
  // All take them in the same order, so that no two wait for each other.
  await sql`select pg_advisory_xact_lock(hashtextextended(subject, 0))
    from json_array_elements_text(${JSON.stringify(subjects.toSorted())}::json) as subject`.execute(tx);
}

export function isPostgres(db: Kysely<Database>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
