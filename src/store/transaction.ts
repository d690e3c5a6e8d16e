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
 * Lets one transaction at a time decide about `subject`; the others wait here until it has ended, and then see what
 * it did. For what no unique index can say, such as how many there may be of something.
 * SQLite needs none of this: its transactions that write come one after another anyway.
 */
export async function oneAtATime(tx: Kysely<Database>, subject: string): Promise<void> {
  if (!(tx.getExecutor().adapter instanceof PostgresAdapter)) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 0))`.execute(tx);
}
