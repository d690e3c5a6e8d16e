import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkInfos } from '../../src/commands/shared/check-infos.ts';
import { otherInfos } from '../../src/commands/shared/other-infos.ts';
import { table } from './markdown.ts';
import { beyond, guideRows } from './promised.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** docs/coverage.md: for each id, the tests that recreate what it finds. */
export async function coveragePage(): Promise<string> {
  const infos = await checkInfos();
  const tests = testsOf(infos.map(({ id }) => id));
  const titleOf = new Map(infos.map(({ id, title }) => [id, title]));
  const listed = new Set([...guideRows.map(({ id }) => id), ...beyond]);
  const row = (id: string, text: string) => [text, `\`${id}\``, filesCell(tests.get(id) ?? [])];
  const rows = (ids: readonly string[]) =>
    table(
      ['what is held to be true', 'check', 'tests'],
      ids.map((id) => row(id, titleOf.get(id) ?? '')),
    );
  return `# How each check is tested

<!-- Made by npm run generate from scripts/pages/promised.ts, the checks and the tests. -->

Each test recreates what an operator sees and holds what bedrud says of it against what it should; then it switches the check
off and has to fail. The test suite fails when an id has no test. [checks.md](checks.md) says what each is about.

## Rows of the troubleshooting guide

${table(
  ['symptom', 'check', 'tests'],
  guideRows.map(({ id, symptom }) => row(id, symptom)),
)}
## Seen in public deployments

${rows(beyond)}
## The rest

${rows(infos.map(({ id }) => id).filter((id) => !listed.has(id)))}`;
}

function filesCell(files: readonly string[]): string {
  return files.map((file) => `\`${file}\``).join(', ');
}

/**
 * The files that recreate what each id finds: those that call `recreates` or `sees` with it, ask a run `of` it, that try the fixtures of
 * lint's rules, that list cases of Bedrud's configuration with it, or that expect it where rendering, migrating or a
 * log says it.
 */
export function testsOf(ids: readonly string[]): Map<string, string[]> {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .sort();
  const named = new Map(files.map((file) => [file, idsNamedIn(file)]));
  return new Map(
    ids.map((id) => [
      id,
      [
        ...(existsSync(join(root, 'test/fixtures/rules', id, 'trips.yaml')) ? fixtureTests : []),
        ...files.filter((file) => named.get(file)?.has(id)),
      ],
    ]),
  );
}

/** They try every fixture there is. */
const fixtureTests = ['test/livekit/rules.test.ts', 'test/doctor/checks/rules.test.ts'];

function idsNamedIn(file: string): Set<string> {
  const text = readFileSync(join(root, file), 'utf8');
  const call = /(?:\b(?:recreates|sees)|\bran\.of|\)\.of)\(\s*'([^']+)'/g;
  const pattern = file.startsWith('test/config/') ? /'(config\/[a-z-]+)'/g : call;
  const others = otherInfos.map(({ id }) => id).filter((id) => new RegExp(`[[ '"]${id}\\b`).test(text));
  return new Set([...[...text.matchAll(pattern)].map(([, id = '']) => id), ...others]);
}
