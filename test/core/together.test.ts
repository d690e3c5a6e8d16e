import { expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { together } from '../../src/core/together.ts';

test('what comes while others are worked on goes together, each with its own result', async () => {
  const batches: number[][] = [];
  const double = together(
    async (items: number[]) => {
      batches.push(items);
      await new Promise(setImmediate);
      return items.map((item) => item * 2);
    },
    { most: 3 },
  );
  const first = double(1);
  await new Promise(setImmediate);
  const rest = [2, 3, 4, 5].map(double);
  expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  expect(await double(6)).toBe(12);
});

const check = async (items: number[]) => {
  if (items.includes(0)) throw new Error('zero');
  return items;
};

test('work that fails fails what went together, and nothing after it', async () => {
  const same = together(check);
  const outcomes = await Promise.allSettled([same(0), same(1)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await same(2)).toBe(2);
});

test('what one item is at fault for, the others do not suffer for where each can be tried alone', async () => {
  const same = together(check, { alone: true });
  const outcomes = await Promise.allSettled([same(1), same(0), same(2)]);
  expect(outcomes).toMatchObject([{ value: 1 }, { reason: { message: 'zero' } }, { value: 2 }]);
  expect(await same(3)).toBe(3);
});

test('what is away is away for all that went together, and not for what comes later', async () => {
  let tries = 0;
  const ask = together(
    async (items: number[]) => {
      tries += 1;
      if (tries === 1) throw failure('store/lost', {});
      return items;
    },
    { alone: true },
  );
  const outcomes = await Promise.allSettled([ask(1), ask(2)]);
  expect(outcomes).toMatchObject([{ reason: { code: 'store/lost' } }, { reason: { code: 'store/lost' } }]);
  expect(tries).toBe(1);
  expect(await ask(3)).toBe(3);
});

test('lanes work at the same time, and what comes while all are busy waits', async () => {
  const batches: number[][] = [];
  const going: (() => void)[] = [];
  const same = together(
    async (items: number[]) => {
      batches.push(items);
      await new Promise<void>((go) => going.push(go));
      return items;
    },
    { lanes: 2 },
  );
  const results = [same(1), same(2)];
  await new Promise(setImmediate);
  results.push(same(3));
  await new Promise(setImmediate);
  results.push(same(4), same(5));
  await new Promise(setImmediate);
  expect(batches).toEqual([[1, 2], [3]]);
  going[1]?.();
  await results[2];
  await new Promise(setImmediate);
  expect(batches).toEqual([[1, 2], [3], [4, 5]]);
  for (const go of going) go();
  expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5]);
});
