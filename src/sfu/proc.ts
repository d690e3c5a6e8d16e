/** What /proc tells of processes. Elsewhere than on Linux each answer is undefined or empty. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** When a process started, in clock ticks since boot: with the pid it names a process for good. */
export function startTimeOf(pid: number): string | undefined {
  // Fields are counted from behind the command's name, which may hold spaces and brackets.
  return read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')[19];
}

/** A process's arguments, its program first. */
export function commandLineOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1) ?? [];
}

/** All that run now and that this user may see. */
export function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Do pids mean the same to that process as to us? A host sees the processes of its containers, which don't see it. */
export function sharesPidNamespace(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return false;
  }
}

/** Does a process with this pid exist, whoever owns it? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
