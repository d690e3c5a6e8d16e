import { expect, test } from 'vitest';
import { tellOfOutages } from '../../src/commands/serve/outages.ts';
import { failure } from '../../src/core/errors.ts';
import { memoryLog } from '../server/helpers.ts';

test('an outage of the database is told once, with its reason, and so is its end', () => {
  const { log, text } = memoryLog();
  const note = tellOfOutages(log);
  const lost = failure('store/lost', {}, new Error('connection refused'));
  for (const error of [undefined, lost, lost, new Error('unique'), undefined, lost]) note(error);
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { problem: 'connection refused', msg: expect.stringContaining('the database is away') },
    // It said no, so it is there.
    { msg: 'the database is back' },
    { msg: expect.stringContaining('the database is away') },
  ]);
});
