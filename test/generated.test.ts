import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated } from '../scripts/generate.ts';

test.each(generated)('$path is what `npm run generate` would write', async ({ path, make }) => {
  expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(await make());
});
