/**
 * SQL that is written out: for what happens many times a second, building a query anew costs more than answering it; and
 * for what is said of many rows at once, in as many statements as for one.
 */
import { CompiledQuery, type Kysely, type QueryResult } from 'kysely';
import type { Database } from './schema.ts';
import { isPostgres } from './transaction.ts';

/** What an adapter of Kysely's has whose database answers before a call returns. */
export interface ImmediateAdapter {
  /** @returns the rows; undefined where the statement has to wait for its turn */
  immediately?(
    text: string,
    parameters: readonly unknown[],
    inTransaction: boolean,
  ): { rows: unknown[] } | undefined;
}

/** Runs `text`, in which parameters are `$1`, `$2` and so on, first mentioned in this order: both databases read that. */
export async function run<Row = never>(
  db: Kysely<Database>,
  text: string,
  parameters: readonly unknown[],
): Promise<Pick<QueryResult<Row>, 'rows'>> {
  const { adapter } = db.getExecutor() as { adapter: ImmediateAdapter };
  const answer = adapter.immediately?.(text, parameters, db.isTransaction);
  if (answer) return answer as { rows: Row[] };
  return db.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
}

/**
 * SQL for the rows that the parameter `$n`, made by {@link asJson}, holds.
 * @param columns their names, and the types that PostgreSQL wants to know
 */
export function rowsOf(
  db: Kysely<Database>,
  parameter: `$${number}`,
  columns: Readonly<Record<string, 'text' | 'bigint'>>,
): string {
  const names = Object.keys(columns);
  if (isPostgres(db)) {
    const typed = names.map((name) => `"${name}" ${columns[name]}`);
    return `select * from json_to_recordset(${parameter}::json) as given(${typed})`;
  }
  return `select ${names.map((name) => `value ->> '${name}' as "${name}"`)} from json_each(${parameter})`;
}

/**
 * U+0000 becomes U+FFFD: PostgreSQL refuses a text with it, and for SQLite the text ends there. So does half of a surrogate
 * pair, which JSON.stringify escapes as well, and PostgreSQL refuses.
 */
export function asJson(rows: readonly object[]): string {
  const json = JSON.stringify(rows);
  if (!/\\u(?:0000|d)/.test(json)) return json;
  return json.replaceAll(/\\(u0000|ud[0-9a-f]{3}|.)/g, (escaped, what: string) =>
    what.length > 1 ? '\uFFFD' : escaped,
  );
}

const singles = new Set<string>();

/** Says that `text` gives one row at most: libsql fetches one at a third of what it takes to begin with many. */
export function singleRow(text: string): string {
  singles.add(text);
  return text;
}

export function isSingleRow(text: string): boolean {
  return singles.has(text);
}
