/**
 * The file that livekit-server reads its configuration from, keys included: private to this user, and named after
 * the bedrud that wrote it, so that a later one can tell which files nobody needs any more.
 */
import { rm, writeFile } from 'node:fs/promises';
import { abandonedTemps, ownedTempPath, tempUnwritable } from './owned-temp.ts';
import { commandLineOf, processIds, sharesPidNamespace } from './proc.ts';

const kind = { name: 'livekit', suffix: '.yaml' };

/** A path for a new file in the system's temporary folder. */
export const tempConfigPath = () => ownedTempPath(kind);

/**
 * Writes the file with mode 0600; one that is there already is replaced.
 * @throws Failure `output/unwritable`
 */
export async function writeTempConfig(file: string, yaml: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await writeFile(file, yaml, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw tempUnwritable(file, error);
  }
}

export interface Swept {
  /** Files that were removed. */
  files: string[];
  /** Processes that were ended: each a livekit-server that had outlived its bedrud. */
  killed: number[];
}

/** A file whose bedrud is gone. */
export interface Leftover {
  file: string;
  /** Of the SFUs that still run with it. */
  pids: number[];
}

/** What a bedrud that was killed has left behind. */
export async function staleTempConfigs(folder?: string): Promise<Leftover[]> {
  const stale = await abandonedTemps(kind, folder);
  const users = stale.length === 0 ? new Map<string, number[]>() : usersOf(new Set(stale));
  return stale.map((file) => ({ file, pids: users.get(file) ?? [] }));
}

/** Removes it: the files, and the SFUs that still run with them. */
export async function sweepTempConfigs(folder?: string): Promise<Swept> {
  const stale = await staleTempConfigs(folder);
  const killed = stale.flatMap(({ pids }) => pids).filter(kill);
  for (const { file } of stale) await rm(file, { force: true });
  return { files: stale.map(({ file }) => file), killed };
}

/**
 * Processes that were started with `--config` and one of `files`. Not those of a container that shares the folder:
 * the pid in a file's name says nothing of who wrote it there.
 */
function usersOf(files: ReadonlySet<string>): Map<string, number[]> {
  const users = new Map<string, number[]>();
  for (const pid of processIds()) {
    const words = commandLineOf(pid);
    const file = words[words.indexOf('--config') + 1] ?? '';
    if (files.has(file) && sharesPidNamespace(pid)) users.set(file, [...(users.get(file) ?? []), pid]);
  }
  return users;
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
