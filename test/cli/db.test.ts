import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { describeWith } from '../helpers/needs.ts';
import { password, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { run } from '../helpers/run.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bedrud-db-'));
});
const room = {
  name: 'kept',
  createdBy: 'ana',
  mode: 'standard',
  isPublic: true,
  maxParticipants: 2,
  settings: {},
};
const now = new Date('2026-11-23T03:15:00.123Z');

describe('bedrud db with SQLite', () => {
  const env = { DB_PATH: 'data/bedrud.db' };
  const db = (...argv: string[]) => run(['db', ...argv], { cwd, env, now });

  test('status makes nothing; migrate does, and then there is nothing to do', async () => {
    const before = await db('status', '--json');
    expect(before).toMatchObject({ status: 1 });
    expect(before.json()).toMatchObject({ type: 'sqlite', version: null, size: 0 });
    expect(readdirSync(cwd)).toEqual([]);
    const migrated = await db('migrate');
    expect(migrated).toMatchObject({ status: 0, stdout: expect.stringMatching(/^0001-rooms\n/) });
    expect(await db('migrate')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('up to date'),
    });
    const after = await db('status');
    expect(after).toMatchObject({ status: 0, stdout: expect.stringContaining('SQLite 3.') });
    expect((await db('status', '--json')).json()).toMatchObject({ pending: 0 });
  });

  test('backup copies what is there while it is used, and replaces nothing', async () => {
    const store = await openStore({ type: 'sqlite', path: join(cwd, 'data/bedrud.db') });
    await store.rooms.create(room);
    const name = 'bedrud-20261123T031500Z.db';
    expect(await db('backup')).toMatchObject({ status: 0, stdout: `${join(cwd, name)}\n` });
    expect(statSync(join(cwd, name)).mode & 0o777).toBe(0o600);
    await store.close();
    const copy = await openStore({ type: 'sqlite', path: join(cwd, name) });
    expect(await copy.rooms.byName('kept')).toMatchObject({ createdBy: 'ana' });
    await copy.close();
    const again = await db('backup', name, '--json');
    expect(again).toMatchObject({ status: 3 });
    expect(again.json()).toMatchObject({ error: { code: 'output/unwritable' } });
    expect(readdirSync(cwd).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });

  test('backup of what isn’t there leaves nothing', async () => {
    const { status, stderr } = await db('backup', 'b.db');
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('no such file') });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describeWith(['initdb', 'postgres', 'pg_dump', 'pg_restore'], 'bedrud db with PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function configured() {
    const location = await postgres.database();
    writeFileSync(
      join(cwd, 'config.yaml'),
      JSON.stringify({ database: { ...location, password: undefined } }),
    );
    const env = { DB_PASSWORD: password, PATH: process.env['PATH'] ?? '' };
    return { location, db: (...argv: string[]) => run(['db', ...argv], { cwd, env, now }) };
  }

  test('status, migrate and backup', async () => {
    const { location, db } = await configured();
    expect(await db('status')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^127\.0\.0\.1:\d+\/bedrud_1: PostgreSQL \d/),
    });
    expect(await db('migrate')).toMatchObject({ status: 0 });
    expect(await db('status')).toMatchObject({ status: 0 });
    const store = await openStore(location);
    await store.rooms.create(room);
    await store.close();
    const backedUp = await db('backup', 'b.dump');
    expect(backedUp).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(join(cwd, 'b.dump')).mode & 0o777).toBe(0o600);
    const { stdout } = await promisify(execFile)('pg_restore', [
      '--file=-',
      '--data-only',
      join(cwd, 'b.dump'),
    ]);
    expect(stdout).toMatch(/\tkept\tana\t/);
  });

  test('backup says why it did not, and what to run elsewhere', async () => {
    const { location, db } = await configured();
    const without = await run(['db', 'backup', 'b.dump', '--json'], {
      cwd,
      env: { DB_PASSWORD: password, PATH: cwd },
    });
    expect(without.json()).toMatchObject({
      error: {
        code: 'store/no-pg-dump',
        hint: expect.stringContaining(
          `pg_dump --format=custom --no-password --host=127.0.0.1 --port=${location.port} --username=bedrud --dbname=${location.dbname} --file=${join(cwd, 'b.dump')}`,
        ),
      },
    });
    expect(without.stdout).not.toContain(password);
    await postgres.query(`drop database ${location.dbname}`);
    const failed = await db('backup', 'b.dump', '--json');
    expect(failed.json()).toMatchObject({
      error: { code: 'store/dump-failed', message: expect.stringContaining(location.dbname) },
    });
    expect(readdirSync(cwd)).toEqual(['config.yaml']);
  });
});
