import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { describeWith } from './needs.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';

/** What kind of database it is, and where an empty one can be had. */
export type DatabaseKind = 'sqlite' | 'postgres';

/** Has `suite` make its tests for every kind of database. @param empty gives a new one each time it is called */
export function onEachDatabase(
  suite: (empty: () => Promise<DatabaseLocation>, kind: DatabaseKind) => void,
): void {
  describe('on SQLite', () => suite(async () => ({ type: 'sqlite', path: ':memory:' }), 'sqlite'));
  describeWith(['initdb', 'postgres'], 'on PostgreSQL', () => {
    let postgres: TestPostgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    }, 60_000);
    afterAll(() => postgres?.remove());
    suite(() => postgres.database(), 'postgres');
  });
}

/** `database`, or in the place of one in memory one in a file, which outlives whoever opens it. */
export async function lasting(database: DatabaseLocation): Promise<DatabaseLocation> {
  if (database.type === 'postgres') return database;
  return { ...database, path: join(await mkdtemp(join(tmpdir(), 'bedrud-database-')), 'bedrud.db') };
}
