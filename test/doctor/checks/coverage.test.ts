import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testsById } from '../../../scripts/pages/checks.ts';
import { ownChecks } from '../../../src/doctor/checks/index.ts';

test.each([...testsById()])('%s is recreated by a test', (_, files) => {
  expect(files).not.toEqual([]);
});

test.each(ownChecks.map(({ id }) => id))('%s is in the file that its id names', (id) => {
  expect(existsSync(new URL(`../../../src/doctor/checks/${id}.ts`, import.meta.url))).toBe(true);
});

test('ids are given once', () => {
  expect(new Set(ownChecks.map(({ id }) => id)).size).toBe(ownChecks.length);
});
