/** Which file is the configuration. */
import { resolve } from 'node:path';
import { Failure, failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';

/** In bytes. The longest file in the field is a few kilobytes. */
const limit = 1024 * 1024;

export interface Candidate {
  file: string;
  /** Who names it: the command line, a variable; absent for the places that are looked at anyway. */
  named?: string;
}

/** Where the configuration may be, first the place that wins; a file that someone named ends the search. */
export function searchOrder(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Candidate[] {
  if (named !== undefined) return [{ file: named, named: 'the command line' }];
  const variable = ['BEDRUD_CONFIG', 'CONFIG_PATH'].find((name) => env[name]);
  if (variable !== undefined) return [{ file: env[variable] ?? '', named: variable }];
  return [{ file: 'config.yaml' }, { file: '/etc/bedrud/config.yaml' }];
}

/**
 * The first candidate that exists, and its text; undefined when there is none and none was named.
 * @throws Failure `config/not-found` for a named file that isn't there, and those of {@link readTextFile}
 */
export async function findFile(
  candidates: readonly Candidate[],
  cwd: string,
): Promise<{ file: string; text: string } | undefined> {
  for (const { file, named } of candidates) {
    try {
      return { file, text: await readTextFile(resolve(cwd, file), limit) };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'input/not-found') throw error;
      if (named !== undefined) throw failure('config/not-found', { file, named }, error);
    }
  }
  return undefined;
}
