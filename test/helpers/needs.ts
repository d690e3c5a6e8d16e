import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

/** Servers and tools that some suites need, and how each is found: an environment variable first, then PATH. */
const variables: Record<string, string> = { 'livekit-server': 'LIVEKIT_SERVER_BIN' };

/** The path of `program`, or undefined where it isn't installed. */
export function findProgram(program: string): string | undefined {
  const variable = variables[program];
  const named = variable === undefined ? undefined : process.env[variable];
  if (named) return isExecutable(named) ? named : undefined;
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', ...postgresql()];
  return directories.map((directory) => join(directory, program)).find(isExecutable);
}

/** Where Debian keeps PostgreSQL's servers, the newest first. */
function postgresql(): string[] {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(folder, version, 'bin'));
}

/**
 * A suite that runs only where `programs` are installed; elsewhere it is skipped, and the closing lines name what
 * is missing.
 */
export function describeWith(programs: string[], title: string, body: () => void): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) describe(title, body);
  // A body may ask the program for its version as it is collected, so it is not even entered.
  else describe.skip(`${title} (needs ${missing.join(', ')})`, () => test.skip('everything', () => {}));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
