/** Statements of SQLite's, prepared once. */
import type { SqliteDatabase } from 'kysely';
import type Libsql from 'libsql';
import { isSingleRow } from '../statements.ts';

/**
 * Kysely prepares each query anew. Ours are few, one runs at a time, and each is read to its end at once, so a statement can
 * serve again.
 */
export function reusingStatements(sqlite: Libsql.Database, onUse: () => void): SqliteDatabase {
  const statements = new Map<string, Statement>();
  return {
    close: () => sqlite.close(),
    prepare(text) {
      onUse();
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
