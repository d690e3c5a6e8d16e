/** Which checks to run, and which findings somebody has accepted. */
import { failure } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { suggest } from '../core/suggest.ts';
import type { Check } from './check.ts';

/**
 * The checks that `only` names, all when it is empty, without those that `skip` names. A name is an id, or what
 * stands before its slash: `turn` is all of `turn/…`.
 * @throws Failure `usage/invalid` for a name that no check has
 */
export function selectChecks(
  checks: readonly Check[],
  only: readonly string[],
  skip: readonly string[],
): Check[] {
  const matches = ({ id }: Check, name: string) => id === name || id.startsWith(`${name}/`);
  for (const name of [...only, ...skip]) {
    if (checks.some((check) => matches(check, name))) continue;
    const near = suggest(
      name,
      checks.flatMap(({ id }) => [id, id.replace(/\/.*/, '')]),
    );
    throw failure('usage/invalid', {
      problem: `there is no check ${name}`,
      hint: near === undefined ? 'docs/checks.md lists them' : `did you mean ${near}?`,
    });
  }
  return checks.filter(
    (check) =>
      (only.length === 0 || only.some((name) => matches(check, name))) &&
      !skip.some((name) => matches(check, name)),
  );
}

/** What of a finding stays the same when lines move: a baseline goes by it. */
export function fingerprint({ id, file, pointer, message }: Finding): string {
  return JSON.stringify(pointer === undefined ? [id, file, message] : [id, file, pointer]);
}

/**
 * The findings of an earlier run, from what it printed with --format json.
 * @throws Failure `usage/invalid` when the text is something else
 */
export function parseBaseline(text: string, file: string): Set<string> {
  try {
    const { checks } = JSON.parse(text) as { checks: { findings: Finding[] }[] };
    return new Set(checks.flatMap(({ findings }) => findings.map(fingerprint)));
  } catch {
    throw failure('usage/invalid', {
      problem: `${file} is not what bedrud doctor --format json prints`,
      hint: `make it with: bedrud doctor --format json > ${file}`,
    });
  }
}
