import { expect, test } from 'vitest';
import { keys } from '../../src/config/keys.ts';
import { validate } from '../../src/config/validate.generated.js';

/** `{ a: { b: value } }` for `a.b`. */
const nest = (path: string, value: unknown): unknown =>
  path.split('.').reduceRight((inner: unknown, name) => ({ [name]: inner }), value);

test('every key is described, and no variable stands for two keys', () => {
  expect(keys.filter((key) => key.description === '').map((key) => key.path)).toEqual([]);
  const variables = keys.flatMap((key) => key.env);
  expect(new Set(variables).size).toBe(variables.length);
});

test('defaults and examples are what the schema takes', () => {
  let tried = 0;
  for (const key of keys) {
    for (const value of [...key.examples, ...(key.default === undefined ? [] : [key.default])]) {
      tried += 1;
      expect(validate(nest(key.path, value)), `${key.path}: ${JSON.stringify(value)}`).toBe(true);
    }
  }
  expect(tried).toBeGreaterThan(100);
});

test('secrets are marked', () => {
  const named = keys.filter((key) => /secret|password|token$/i.test(key.path) && key.type === 'text');
  expect(named.filter((key) => !key.secret).map((key) => key.path)).toEqual([]);
});
