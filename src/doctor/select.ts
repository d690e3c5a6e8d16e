/** Which checks to run. */
import { failure } from '../core/errors.ts';
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
