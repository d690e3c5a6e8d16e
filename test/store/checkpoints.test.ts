import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { Checkpoints } from '../../src/store/sqlite/checkpoints.ts';

const notes = 5000;

/** A file with a log of some megabytes, in which nothing is moved but by hand. */
function logged() {
  const path = join(mkdtempSync(join(tmpdir(), 'bedrud-checkpoints-')), 'bedrud.db');
  const sqlite = new Libsql(path);
  onTestFinished(() => void sqlite.close());
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; create table notes (text text)');
  const write = () =>
    sqlite
      .prepare(
        `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${notes})
        insert into notes select hex(randomblob(100)) from n`,
      )
      .run();
  const sizes = () => ({ file: statSync(path).size, log: statSync(`${path}-wal`).size });
  return { path, write, sizes };
}

test('a checkpoint moves the log on another thread, and holds writers up only for its last part', async () => {
  const { path, write, sizes } = logged();
  write();
  const before = sizes();
  expect(before.file).toBeLessThan(before.log / 100);
  const moved: number[] = [];
  const checkpoints = new Checkpoints(path, async (work) => {
    moved.push(sizes().file);
    write();
    await work();
    moved.push(sizes().file);
  });
  for (let n = 0; n < 300; n += 1) checkpoints.count();
  await vi.waitFor(() => expect(moved).toHaveLength(2), { timeout: 10_000 });
  await checkpoints.end();
  const [first = 0, second = 0] = moved;
  // The first part without anybody waiting, and what came meanwhile with everybody waiting.
  expect(first).toBeGreaterThan(before.log * 0.9);
  expect(second).toBeGreaterThan(first * 1.9);
  // So the log begins anew.
  const { log } = sizes();
  write();
  expect(sizes().log).toBe(log);
});

test('few statements are not worth one', async () => {
  const { path, write, sizes } = logged();
  write();
  const before = sizes();
  const checkpoints = new Checkpoints(path, (work) => work());
  for (let n = 0; n < 100; n += 1) checkpoints.count();
  await sleep(400);
  await checkpoints.end();
  expect(sizes()).toEqual(before);
});

test('where none can be made, nobody hears of it but who commits', async () => {
  const tried = vi.fn();
  const checkpoints = new Checkpoints('/dev/null/bedrud.db', tried);
  for (let n = 0; n < 300; n += 1) checkpoints.count();
  await sleep(400);
  await expect(checkpoints.end()).resolves.toBeUndefined();
  expect(tried).not.toHaveBeenCalled();
});

test('a store that is written to all the time has one made before SQLite makes its own', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'bedrud-checkpoints-')), 'bedrud.db');
  const store = await openStore({ type: 'sqlite', path });
  onTestFinished(() => store.close());
  const began = statSync(path).size;
  for (let n = 0; n < 100_000 && statSync(path).size === began; n += 1) {
    await store.webhookEvents.note([{ id: `EV_${n}`, event: 'room_started' }]);
    // As many as LiveKit's busiest servers send: whoever writes without pause is faster than any checkpoint.
    if (n % 10 === 0) await sleep(2);
  }
  expect(statSync(path).size).toBeGreaterThan(began);
  // Well before SQLite makes one within a commit.
  expect(statSync(`${path}-wal`).size).toBeLessThan(10_000 * 4096);
});
