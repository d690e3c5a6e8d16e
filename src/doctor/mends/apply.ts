/** The one place that changes an operator's files. */
import { chmod, rm } from 'node:fs/promises';
import { failure, reasonOf } from '../../core/errors.ts';
import { rewriteFile } from '../../core/rewrite.ts';
import type { Change } from './plan.ts';

/** @param backup where what is rewritten is kept. @throws Failure `output/unwritable`, `output/changed` */
export async function applyChange(change: Change, now: Date): Promise<{ backup?: string }> {
  const { path, file } = change;
  if (change.kind === 'rewrite') return { backup: await rewriteFile(path, change.before, change.after, now) };
  try {
    if (change.kind === 'mode') await chmod(path, change.to);
    else await rm(path, { force: true });
    return {};
  } catch (error) {
    const hint = 'run it as the user that owns the file';
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  }
}
