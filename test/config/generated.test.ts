import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generateValidator } from '../../scripts/generate-config.ts';
import { keys } from '../../src/config/keys.ts';

test('the compiled validator is that of the schema (npx tsx scripts/generate-config.ts)', async () => {
  const committed = await readFile(
    new URL('../../src/config/validate.generated.js', import.meta.url),
    'utf8',
  );
  expect(committed === (await generateValidator())).toBe(true);
});

test('every key is described, and no variable stands for two keys', () => {
  expect(keys.filter((key) => key.description === '').map((key) => key.path)).toEqual([]);
  const variables = keys.flatMap((key) => key.env);
  expect(new Set(variables).size).toBe(variables.length);
});
