import { resolve } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { Failure, failure } from '../../core/errors.ts';
import { readTextFile, replaceFile } from '../../core/files.ts';
import { type Baseline, emptyBaseline, parseBaseline, updatedBaseline } from '../../doctor/baseline.ts';
import type { CheckResult } from '../../doctor/index.ts';

/** The baseline of this run. With `update` its file need not exist yet. */
export async function readBaseline(
  file: string | undefined,
  update: boolean,
  context: Context,
): Promise<Baseline> {
  if (file === undefined) {
    if (!update) return emptyBaseline;
    throw failure('usage/invalid', {
      problem: '--update-baseline without --baseline',
      hint: 'name the file to write: --baseline FILE --update-baseline',
    });
  }
  try {
    return parseBaseline(await readTextFile(resolve(context.cwd, file)), file);
  } catch (error) {
    if (update && error instanceof Failure && error.code === 'input/not-found') return emptyBaseline;
    throw error;
  }
}

/** Writes what was found into `file`. @returns the baseline that it now is */
export async function writeBaseline(
  file: string,
  before: Baseline,
  checks: readonly CheckResult[],
  context: Context,
): Promise<Baseline> {
  const text = updatedBaseline(before, checks);
  await replaceFile(resolve(context.cwd, file), text, 0o644);
  const after = parseBaseline(text, file);
  context.notice(`${file} accepts ${after.entries.length} findings`);
  return after;
}
