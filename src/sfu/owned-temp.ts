/**
 * Names in the system's temporary folder that tell which bedrud made them, so that a later one finds what one that
 * was killed has left behind.
 */
import { randomBytes } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Failure, failure, reasonOf } from '../core/errors.ts';
import { unwritableHint } from '../core/files.ts';
import { isAlive, startTimeOf } from './proc.ts';

/** What it is for, and so how it is called: `bedrud-livekit-4711-….yaml`. */
export interface TempKind {
  name: string;
  /** `.yaml`; without it, it is a folder. */
  suffix?: string;
}

/** A path for a new one; nothing is made. */
export function ownedTempPath({ name, suffix = '' }: TempKind): string {
  const unique = randomBytes(6).toString('hex');
  const started = startTimeOf(process.pid) ?? '0';
  return join(tmpdir(), `bedrud-${name}-${process.pid}-${started}-${unique}${suffix}`);
}

/** What it means that `path`, which is in the temporary folder, can't be written. */
export function tempUnwritable(path: string, error: unknown): Failure {
  const hint = unwritableHint(error, 'set TMPDIR to a folder that can be written');
  return failure('output/unwritable', { file: path, reason: reasonOf(error), hint }, error);
}

/** Paths of this user's whose bedrud is gone. */
export async function abandonedTemps({ name, suffix }: TempKind, folder = tmpdir()): Promise<string[]> {
  const pattern = new RegExp(`^bedrud-${name}-(\\d+)-(\\d+)-[0-9a-f]+${suffix?.replace('.', '\\.') ?? ''}$`);
  const abandoned: string[] = [];
  for (const entry of await readdir(folder).catch(() => [])) {
    const [, pid, started] = entry.match(pattern) ?? [];
    if (pid === undefined || ownerLives(Number(pid), started)) continue;
    const path = join(folder, entry);
    const facts = await lstat(path).catch(() => undefined);
    const fits = suffix === undefined ? facts?.isDirectory() : facts?.isFile();
    if (fits && facts?.uid === process.getuid?.()) abandoned.push(path);
  }
  return abandoned;
}

function ownerLives(pid: number, started: string | undefined): boolean {
  const now = startTimeOf(pid);
  return now === undefined ? isAlive(pid) : now === started;
}
