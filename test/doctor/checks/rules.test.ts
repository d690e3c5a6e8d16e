import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { egressRules } from '../../../src/livekit/rules/egress/index.ts';
import { liveKitRules } from '../../../src/livekit/rules/index.ts';
import { fixtureTexts } from '../../helpers/lint-files.ts';
import { config, doctor, findingsOf, type Scenario, switchedOff } from '../recreate.ts';

/** A set-up that has a fixture as LiveKit's file, or as the egress service's. */
function withFixture(id: string): Scenario {
  const text = readFileSync(new URL(`../../fixtures/rules/${id}/trips.yaml`, import.meta.url), 'utf8');
  const version = text.match(/^# for: (\S+)/m)?.[1] ?? '1.13.5';
  const now = new Date(text.match(/^# now: (\S+)/m)?.[1] ?? '2026-11-01');
  const livekit = `external: true
host: ws://127.0.0.1:7880
internalHost: http://127.0.0.1:7880
version: ${version}`;
  const [file, option] = id.startsWith('egress/')
    ? ['egress.yaml', '--egress-config']
    : ['livekit.yaml', '--livekit-config'];
  const files = { ...fixtureTexts, 'config.yaml': config({ livekit }), [file]: text };
  return { now, files, args: [option, file] };
}

describe.each([...new Set([...liveKitRules, ...egressRules])])('the rule $id', ({ id }) => {
  test('is found in the file', async () => {
    const given = withFixture(id);
    expect(findingsOf(await doctor(given, '--json', '--only', id), id)).not.toEqual([]);
    const without = await switchedOff(id, () => doctor(given, '--json', '--only', id));
    expect(findingsOf(without, id)).toEqual([]);
  });
});
