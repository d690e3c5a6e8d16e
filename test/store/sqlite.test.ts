import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { describe, expect, test } from 'vitest';
import { databaseStatus, migrateDatabase, openStore } from '../../src/store/index.ts';
import { accessSqlite } from '../../src/store/sqlite/index.ts';
import { run } from '../../src/store/statements.ts';

describe('SQLite’s file', () => {
  test('is made for this user alone, with its directory', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'data', 'bedrud.db');
    const made = await openStore({ type: 'sqlite', path });
    await made.rooms.create({
      name: 'kept',
      createdBy: 'ana',
      mode: 'standard',
      isPublic: false,
      maxParticipants: 2,
      settings: {},
    });
    await made.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await openStore({ type: 'sqlite', path });
    expect(await again.rooms.byName('kept')).toMatchObject({ createdBy: 'ana', isPublic: false });
    await again.close();
  });

  test('is left alone when it is another program’s', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    const theirs = new Libsql(path);
    theirs.exec('create table rooms (id text)');
    theirs.close();
    await expect(openStore({ type: 'sqlite', path })).rejects.toMatchObject({ code: 'store/foreign' });
    await expect(databaseStatus({ type: 'sqlite', path })).rejects.toMatchObject({ code: 'store/foreign' });
  });

  const migrations = (...names: string[]) =>
    `create table kysely_migration (name text, timestamp text);` +
    names.map((name) => `insert into kysely_migration values ('${name}', '2026-01-01T00:00:00Z');`).join('');
  test.each([
    ['of another program that uses Kysely too', migrations('2020-init'), 'store/foreign'],
    ['with a table in the way', 'create table sessions (id text)', 'store/other-schema'],
    [
      'with tables of another shape',
      `${migrations('0001-rooms')} create table rooms (id text)`,
      'store/other-schema',
    ],
  ])('%s is told from one that cannot be opened', async (_, statements, code) => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    const theirs = new Libsql(path);
    theirs.exec(statements);
    theirs.close();
    await expect(openStore({ type: 'sqlite', path })).rejects.toMatchObject({ code, exit: 3 });
  });

  test('without a table that its migrations made is told from a bug', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    await migrateDatabase({ type: 'sqlite', path });
    const file = new Libsql(path);
    file.exec('drop table webhookEvents');
    file.close();
    await expect(openStore({ type: 'sqlite', path })).rejects.toMatchObject({ code: 'store/other-schema' });
  });

  test('that cannot be opened is a failure that says why', async () => {
    await expect(openStore({ type: 'sqlite', path: '/dev/null/bedrud.db' })).rejects.toMatchObject({
      code: 'store/unavailable',
      exit: 3,
    });
  });

  test('can be checked for without making it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bedrud-store-'));
    await databaseStatus({ type: 'sqlite', path: join(folder, 'data', 'bedrud.db') });
    expect(readdirSync(folder)).toEqual([]);
    await expect(databaseStatus({ type: 'sqlite', path: '/dev/null/bedrud.db' })).rejects.toMatchObject({
      code: 'store/unavailable',
    });
  });
  test('gets all of the schema or nothing', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    const file = new Libsql(path);
    file.exec('create table sessions (in_the_way)');
    await expect(openStore({ type: 'sqlite', path })).rejects.toMatchObject({ code: 'store/other-schema' });
    expect(
      file.prepare("select name from sqlite_master where name in ('rooms', 'admissions')").all(),
    ).toEqual([]);
    file.exec('drop table sessions');
    file.close();
    await (await openStore({ type: 'sqlite', path })).close();
  });

  test('of a newer version is refused, not guessed at', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    await (await openStore({ type: 'sqlite', path })).close();
    const file = new Libsql(path);
    file.exec("insert into kysely_migration values ('9999-future', '2030-01-01T00:00:00.000Z')");
    file.close();
    await expect(openStore({ type: 'sqlite', path })).rejects.toMatchObject({
      code: 'store/newer-schema',
      message: expect.stringContaining('9999-future'),
    });
  });

  test('is waited for while another process makes it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    const other = new Libsql(path);
    other.exec('begin immediate');
    const opening = openStore({ type: 'sqlite', path });
    const first = await Promise.race([opening.then(() => 'opened'), sleep(100, 'waits')]);
    other.close();
    expect(first).toBe('waits');
    await (await opening).close();
  });

  test('is shared by processes that start at once: one makes the schema, and no seat is sold twice', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    const script = fileURLToPath(new URL('./fixtures/admit.ts', import.meta.url));
    const admitted = await Promise.all(
      ['ana', 'ben', 'cy'].map(async (who) => {
        const { stdout } = await promisify(execFile)(process.execPath, [
          '--import',
          'tsx',
          script,
          path,
          who,
          '70',
        ]);
        return Number(stdout);
      }),
    );
    expect(admitted.reduce((sum, n) => sum + n)).toBe(70);
  });
});

describe('a statement that SQLite answers at once', () => {
  async function opened() {
    const path = join(mkdtempSync(join(tmpdir(), 'bedrud-store-')), 'bedrud.db');
    await migrateDatabase({ type: 'sqlite', path });
    const heard: string[] = [];
    const { db } = await accessSqlite(path, ({ text }) => heard.push(text));
    await sql`create table notes (text text)`.execute(db);
    heard.length = 0;
    const write = (on: typeof db, text: string) => run(on, 'insert into notes values ($1)', [text]);
    const notes = async () =>
      (await run<{ text: string }>(db, 'select text from notes', [])).rows.map(({ text }) => text);
    return { db, write, notes, heard };
  }

  test('waits for a transaction that is not its own, and is not undone with it', async () => {
    const { db, write, notes } = await opened();
    const transaction = await db.startTransaction().execute();
    await write(transaction, 'theirs');
    let done = false;
    const mine = write(db, 'mine').then(() => {
      done = true;
    });
    await sleep(20);
    expect(done).toBe(false);
    await transaction.rollback().execute();
    await mine;
    expect(await notes()).toEqual(['mine']);
    await db.destroy();
  });

  test('is told to who watches, with what went wrong', async () => {
    const { db, write, heard } = await opened();
    await write(db, 'mine');
    expect(heard).toEqual(['insert into notes values ($1)']);
    await expect(run(db, 'select * from nowhere', [])).rejects.toThrow('nowhere');
    expect(heard).toHaveLength(2);
    await db.destroy();
  });
});
