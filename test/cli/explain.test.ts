import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registry } from '../../src/commands/index.ts';
import { checkInfos } from '../../src/commands/shared/check-infos.ts';
import { run } from '../helpers/run.ts';

test('says what a rule is about', async () => {
  const ran = await run(['explain', 'turn/relay-range']);
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  expect(ran.stdout).toContain('The relay range goes upwards');
});

test('suggests an id', async () => {
  const ran = await run(['explain', 'turn/relayrange']);
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain('did you mean turn/relay-range?');
});

describe('every id that a finding can carry', () => {
  test.each(idsInSources())('%s', async (id) => {
    const ran = await run(['explain', id]);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^\S+ {2}(error|warning|info)\n.+[.!?]\n\n.+[.!?]\n\n→ .+/s);
    expect(ran.stdout).not.toMatch(/\.\.\n|undefined/);
  });
});

test('no step names a command that there is not', async () => {
  const steps = (await checkInfos()).map(({ fix }) => fix);
  const named = steps.flatMap((fix) => [...fix.matchAll(/\bbedrud ([a-z]+)/g)].map(([, word = '']) => word));
  expect(named.length).toBeGreaterThan(10);
  const verbs = ['finds', 'read', 'renders', 'that', 'then'];
  expect(named.filter((word) => !Object.hasOwn(registry, word) && !verbs.includes(word))).toEqual([]);
});

/** What stands in the sources as the id of a finding. */
function idsInSources(): string[] {
  const root = new URL('../../src/', import.meta.url);
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, root), 'utf8'));
  const literal = /\b(?:id: |(?:error|warning)\(\s*)'([a-z-]+\/[a-z0-9-]+)'/g;
  const ids = texts.flatMap((text) => [...text.matchAll(literal)].map(([, id = '']) => id));
  expect(ids.length).toBeGreaterThan(150);
  return [...new Set(ids)].sort();
}
