import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testsById } from '../../../scripts/pages/checks.ts';
import { checks } from '../../../src/doctor/checks/index.ts';

test.each([...testsById()])('%s is recreated by a test', (_, files) => {
  expect(files).not.toEqual([]);
});

test.each(checks.map(({ id }) => id))('%s is in the file that its id names', (id) => {
  expect(existsSync(new URL(`../../../src/doctor/checks/${id}.ts`, import.meta.url))).toBe(true);
});

test('ids are given once', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
});
