import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testsOf } from '../../../scripts/pages/coverage.ts';
import { beyond, guideRows } from '../../../scripts/pages/promised.ts';
import { checkInfos } from '../../../src/commands/shared/check-infos.ts';
import { ownChecks } from '../../../src/doctor/checks/index.ts';

const ids = (await checkInfos()).map(({ id }) => id);
const promised = [...guideRows.map(({ id }) => id), ...beyond];

test('the rows of the guide are all here, once each', () => {
  expect(new Set(guideRows.map(({ id }) => id)).size).toBe(27);
});

test.each(promised)('%s, which was promised, can be found', (id) => {
  expect(ids).toContain(id);
});

describe('every id is recreated by a test', () => {
  test.each([...testsOf(ids)])('%s', (_, files) => {
    expect(files).not.toEqual([]);
  });
});

test.each(ownChecks.map(({ id }) => id))('%s is in the file that its id names', (id) => {
  expect(existsSync(new URL(`../../../src/doctor/checks/${id}.ts`, import.meta.url))).toBe(true);
});
