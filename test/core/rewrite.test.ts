import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rewriteFile } from '../../src/core/rewrite.ts';

const now = new Date('2026-11-23T05:00:00Z');
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bedrud-rewrite-'));
  file = join(folder, 'livekit.yaml');
  writeFileSync(file, 'old');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});
const isRoot = process.getuid?.() === 0;

test('keeps the mode, and the old text with the same mode', async () => {
  chmodSync(file, 0o640);
  const backup = await rewriteFile(file, 'old', 'new', now);
  expect(backup).toBe(`${file}.20261123T050000Z.bak`);
  expect([readFileSync(file, 'utf8'), readFileSync(backup, 'utf8')]).toEqual(['new', 'old']);
  expect([file, backup].map((path) => statSync(path).mode & 0o777)).toEqual([0o640, 0o640]);
  expect(readdirSync(folder)).toHaveLength(2);
});

test.skipIf(!isRoot)('keeps the owner', async () => {
  chownSync(file, 12345, 23456);
  const backup = await rewriteFile(file, 'old', 'new', now);
  for (const path of [file, backup]) expect(statSync(path)).toMatchObject({ uid: 12345, gid: 23456 });
});

test('writes through a symbolic link, and leaves it one', async () => {
  const link = join(folder, 'current.yaml');
  symlinkSync('livekit.yaml', link);
  await rewriteFile(link, 'old', 'new', now);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
});

test('is the same file under each of its names', async () => {
  const other = join(folder, 'hard.yaml');
  linkSync(file, other);
  await rewriteFile(file, 'old', 'new and longer', now);
  expect(readFileSync(other, 'utf8')).toBe('new and longer');
  await rewriteFile(file, 'new and longer', 'x', now);
  expect(readFileSync(other, 'utf8')).toBe('x');
});

test('keeps every version, whatever the clock says', async () => {
  const backups = [await rewriteFile(file, 'old', 'b', now), await rewriteFile(file, 'b', 'c', now)];
  expect(new Set(backups).size).toBe(2);
  expect(backups.map((path) => readFileSync(path, 'utf8'))).toEqual(['old', 'b']);
});

test('leaves a file alone that has changed meanwhile', async () => {
  writeFileSync(file, "somebody's");
  await expect(rewriteFile(file, 'old', 'new', now)).rejects.toMatchObject({ code: 'output/changed' });
  expect(readdirSync(folder)).toEqual(['livekit.yaml']);
  expect(readFileSync(file, 'utf8')).toBe("somebody's");
});

test.skipIf(isRoot)('changes nothing where no copy can be kept', async () => {
  chmodSync(folder, 0o500);
  await expect(rewriteFile(file, 'old', 'new', now)).rejects.toMatchObject({ code: 'output/unwritable' });
  expect(readFileSync(file, 'utf8')).toBe('old');
});
