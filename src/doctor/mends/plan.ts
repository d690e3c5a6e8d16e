/** From the edits that checks offer to the changes that files would see. */
import { lstat, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTextFile } from '../../core/files.ts';
import type { Finding } from '../../core/finding.ts';
import type { Check } from '../check.ts';
import { type FactSource, unlessMissing } from '../facts/gather.ts';
import type { Facts } from '../facts/index.ts';
import type { CheckResult } from '../run.ts';
import type { Edit } from './mend.ts';

/** What is to be done to one file, with the ids of the checks that ask for it. */
export type Change = { checks: string[]; file: string; path: string } & (
  | { kind: 'rewrite'; before: string; after: string }
  | { kind: 'mode'; from: number; to: number }
  | { kind: 'remove' }
);

/**
 * The changes that would mend what `checks` found; none that changes nothing. A file that several checks would
 * rewrite is rewritten once.
 * @param results of `checks`, in their order
 * @param wanted which findings are to be mended
 */
export async function planMends(
  checks: readonly Check[],
  results: readonly CheckResult[],
  source: FactSource,
  wanted: (finding: Finding) => boolean,
): Promise<Change[]> {
  const plan = new Map<string, Change>();
  for (const [index, check] of checks.entries()) {
    const findings = results[index]?.findings.filter(wanted) ?? [];
    if (findings.length === 0) continue;
    for (const edit of await editsOf(check, findings, source)) {
      const path = await realpath(resolve(source.question.cwd, edit.file)).catch(() => undefined);
      if (path === undefined) continue;
      const key = `${edit.kind} ${path}`;
      const change = await changeOf(edit, path, plan.get(key));
      if (change === undefined) continue;
      plan.set(key, { ...change, checks: [...new Set([...(plan.get(key)?.checks ?? []), check.id])] });
    }
  }
  return [...plan.values()];
}

async function editsOf({ mend }: Check, findings: readonly Finding[], source: FactSource): Promise<Edit[]> {
  if (mend === undefined) return [];
  const known = await Promise.all(
    mend.needs.map(async (name) => [name, await source.fact(name)] as const),
  ).catch(unlessMissing);
  // Each name came with its own fact, which is what the mend's type asks for.
  return known === undefined ? [] : mend.edits(Object.fromEntries(known) as unknown as Facts, findings);
}

async function changeOf(edit: Edit, path: string, known: Change | undefined): Promise<Change | undefined> {
  const { file } = edit;
  const of = { checks: [], file, path };
  if (edit.kind === 'rewrite') {
    const before = known?.kind === 'rewrite' ? known.before : await readTextFile(path);
    const text = known?.kind === 'rewrite' ? known.after : before;
    const after = edit.change(text);
    return after === text ? undefined : { ...of, kind: 'rewrite', before, after };
  }
  if (edit.kind === 'close') {
    const mode = (await stat(path)).mode & 0o7777;
    return (mode & 0o007) === 0 ? undefined : { ...of, kind: 'mode', from: mode, to: mode & ~0o007 };
  }
  return (await lstat(path)).isFile() ? { ...of, kind: 'remove' } : undefined;
}
