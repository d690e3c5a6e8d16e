import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lintEgress } from '../../src/livekit/egress/lint.ts';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { egressRules } from '../../src/livekit/rules/egress/index.ts';
import { liveKitRules } from '../../src/livekit/rules/index.ts';
import { fixtureFiles } from '../helpers/lint-files.ts';

const folder = fileURLToPath(new URL('../fixtures/rules/', import.meta.url));
/** What the fixtures' host has. */
const addresses = () => ['127.0.0.1', '192.0.2.7', '2001:db8::7'];
const rules = [...new Set([...liveKitRules, ...egressRules])];

/** The ids that a fixture's rules find; `# for: VERSION` and `# now: DATE` in it say what it is linted for. */
function idsFound(id: string, name: 'trips' | 'passes'): string[] {
  const text = readFileSync(`${folder}${id}/${name}.yaml`, 'utf8');
  const version = text.match(/^# for: (\S+)/m)?.[1] ?? '1.13.5';
  const now = new Date(text.match(/^# now: (\S+)/m)?.[1] ?? '2026-11-01');
  const lint = id.startsWith('egress/') ? lintEgress : lintLiveKit;
  return lint(text, { version, files: fixtureFiles, addresses, now }).findings.map((finding) => finding.id);
}

describe.each(rules)('the rule $id', ({ id, title, why, fix, docs, severity }) => {
  test('finds what its fixture has', () => {
    expect(idsFound(id, 'trips')).toContain(id);
  });
  test('finds nothing in the other', () => {
    expect(idsFound(id, 'passes')).not.toContain(id);
  });
  test('says what it is about', () => {
    for (const text of [title, why, fix]) expect(text).toMatch(/\S/);
    expect(title).toMatch(/^\p{Lu}|^[a-z]+[._]/u);
    expect(docs).toMatch(/^https:\/\//);
    expect(['error', 'warning', 'info']).toContain(severity);
  });
});

test('ids are unique, and every fixture belongs to a rule', () => {
  const ids = rules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const areas = readdirSync(folder);
  const fixtures = areas.flatMap((area) => readdirSync(`${folder}${area}`).map((name) => `${area}/${name}`));
  expect(fixtures.filter((fixture) => existsSync(`${folder}${fixture}/trips.yaml`)).sort()).toEqual(
    [...ids].sort(),
  );
});
