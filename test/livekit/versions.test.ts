import { expect, test } from 'vitest';
import table from '../../schemas/livekit/keys.json' with { type: 'json' };
import { knownVersions } from '../../src/livekit/versions.ts';

test('the known releases are those of the table', () => {
  expect(knownVersions).toEqual(table.versions);
});
