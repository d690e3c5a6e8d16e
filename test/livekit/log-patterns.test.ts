import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifyStartFailure, startFailurePatterns } from '../../src/livekit/log-patterns.ts';

interface Captured {
  name: string;
  id: string;
  output: string;
  versions: string[];
}
/** Printed by real livekit-servers; scripts/capture-start-failures.ts writes the file. */
const captured: Captured[] = JSON.parse(
  readFileSync(new URL('../fixtures/livekit/start-failures.json', import.meta.url), 'utf8'),
);

describe('what livekit-server printed', () => {
  test.each(captured)('$name ($versions): $id', ({ id, output }) => {
    const failure = classifyStartFailure(output);
    expect(failure?.id).toBe(id);
    expect(`${failure?.message}${failure?.hint}`).not.toMatch(/\{\d\}|undefined/);
  });

  test('says which line, key and port', () => {
    expect(classifyStartFailure('  line 4: field dynacast not found in type config.Config')?.message).toBe(
      'line 4 of the LiveKit file has the key dynacast, which this livekit-server does not know',
    );
    expect(classifyStartFailure('listen tcp :7880: bind: address already in use')?.message).toContain(
      'tcp port 7880',
    );
    expect(classifyStartFailure('listen udp4 0.0.0.0:3478: bind: permission denied')?.message).toContain(
      'udp port 3478',
    );
  });
});

test.each([
  ['listen tcp :443: bind: permission denied', 'ports/forbidden'],
  ['open /etc/livekit.yaml: permission denied', 'livekit/config-unreadable'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'redis/auth'],
])('%s is %s', (line, id) => {
  expect(classifyStartFailure(line)?.id).toBe(id);
});

test('each pattern is seen in the releases it names, and says so when none was tried', () => {
  for (const { id, line, seen } of startFailurePatterns()) {
    const versions = captured
      .filter(({ output }) => new RegExp(line.source, `${line.flags}m`).test(output))
      .flatMap((entry) => entry.versions);
    if (seen === undefined) expect(versions, id).toEqual([]);
    else expect(versions, id).toEqual(expect.arrayContaining([...seen]));
  }
});

test.each([
  '',
  'OK',
  '2026-11-23T02:02:38.099Z\tINFO\tlivekit\ta.go:1\tusing single-node routing',
  'starting',
])('%j is no failure', (line) => {
  expect(classifyStartFailure(line)).toBeUndefined();
});
