import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testsById } from '../../../scripts/pages/checks.ts';

test.each([...testsById()])('%s is recreated by a test', (_, files) => {
  expect(files).not.toEqual([]);
});

test.each([...testsById().keys()])('%s is in the file that its id names', (id) => {
  expect(existsSync(new URL(`../../../src/doctor/checks/${id}.ts`, import.meta.url))).toBe(true);
});
