/**
 * Keeps livekit-server from outliving bedrud, even one that was killed with SIGKILL: a shell waits on a pipe whose
 * other end bedrud holds. The kernel closes it when bedrud ends, however it ends. A shell, since it weighs a
 * megabyte where another Node.js would weigh forty, and since PR_SET_PDEATHSIG would leave the file behind.
 */
import { spawn } from 'node:child_process';

// A line says that the SFU has ended in good order; the pipe's end without one, that bedrud is gone. SIGKILL and
// not SIGTERM: the ports must be free for the bedrud that a service manager starts next, and clients whose signal
// connection breaks come back, while those that are told of an end don't.
const script = `trap '' HUP INT TERM; read -r line || { kill -KILL "$1"; [ -z "$2" ] || rm -f "$2"; }`;

export interface Watchdog {
  /** Lets the watchdog end without doing anything. */
  release(): void;
}

/**
 * @param pid the process to end
 * @param file what to remove with it
 * @param missing called when there is no shell; the next start's sweep is then all there is
 */
export function startWatchdog(
  pid: number,
  file: string | undefined,
  missing: (error: Error) => void,
): Watchdog {
  const shell = spawn('/bin/sh', ['-c', script, 'bedrud-watchdog', String(pid), file ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own session: a Ctrl-C in bedrud's terminal is none of its business.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  shell.on('error', missing);
  // It may have been killed on its own; then there is nobody to release.
  shell.stdin.on('error', () => {});
  shell.unref();
  return { release: () => void shell.stdin.end('ended\n') };
}
