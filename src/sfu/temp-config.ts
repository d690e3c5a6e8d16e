/**
 * The file that livekit-server reads its configuration from, keys included: private to this user, and named after
 * the bedrud that wrote it, so that a later one can tell which files nobody needs any more.
 */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, reasonOf } from '../core/errors.ts';
import { commandLineOf, isAlive, processIds, sharesPidNamespace, startTimeOf } from './proc.ts';

const namePattern = /^bedrud-livekit-(\d+)-(\d+)-[0-9a-f]+\.yaml$/;

/** A path for a new file in the system's temporary folder. */
export function tempConfigPath(): string {
  const unique = randomBytes(6).toString('hex');
  const started = startTimeOf(process.pid) ?? '0';
  return join(tmpdir(), `bedrud-livekit-${process.pid}-${started}-${unique}.yaml`);
}

/**
 * Writes the file with mode 0600; one that is there already is replaced.
 * @throws Failure `output/unwritable`
 */
export async function writeTempConfig(file: string, yaml: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await writeFile(file, yaml, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw failure(
      'output/unwritable',
      {
        file,
        reason: reasonOf(error),
        hint: 'free some space there, or set TMPDIR to a folder that can be written',
      },
      error,
    );
  }
}

export interface Swept {
  /** Files that were removed. */
  files: string[];
  /** Processes that were ended: each a livekit-server that had outlived its bedrud. */
  killed: number[];
}

/** Removes what a bedrud that was killed has left behind: its file, and the SFU that still runs with it. */
export async function sweepTempConfigs(folder = tmpdir()): Promise<Swept> {
  const stale: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, started] = name.match(namePattern) ?? [];
    if (pid === undefined || ownerLives(Number(pid), started)) continue;
    const facts = await lstat(join(folder, name)).catch(() => undefined);
    if (facts?.isFile() && facts.uid === process.getuid?.()) stale.push(join(folder, name));
  }
  const killed = stale.length === 0 ? [] : usersOf(new Set(stale)).filter(kill);
  for (const file of stale) await rm(file, { force: true });
  return { files: stale, killed };
}

function ownerLives(pid: number, started: string | undefined): boolean {
  const now = startTimeOf(pid);
  return now === undefined ? isAlive(pid) : now === started;
}

/**
 * Processes that were started with `--config` and one of `files`. Not those of a container that shares the folder:
 * the pid in a file's name says nothing of who wrote it there.
 */
function usersOf(files: ReadonlySet<string>): number[] {
  return processIds().filter((pid) => {
    const words = commandLineOf(pid);
    return files.has(words[words.indexOf('--config') + 1] ?? '') && sharesPidNamespace(pid);
  });
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
