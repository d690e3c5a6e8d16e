/** What the program has of the world. Tests hand in another one; only {@link processHost} touches `process`. */
import type { Readable, Writable } from 'node:stream';

export interface Host {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now(): Date;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the reason is an {@link Interrupt}. */
  interrupted: AbortSignal;
  /** Aborted by the second: whoever drains should stop waiting. */
  forced: AbortSignal;
}

/** Why {@link Host.interrupted} was aborted. */
export class Interrupt {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    this.signal = signal;
  }
  /** 128 + the signal's number. */
  get exit(): number {
    return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[this.signal];
  }
}

/** The real process as a host. Call once: it listens for signals. */
export function processHost(): Host {
  const interrupted = new AbortController();
  const forced = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const target = interrupted.signal.aborted ? forced : interrupted;
      target.abort(new Interrupt(signal));
    });
  }
  return {
    // Opened by the first look at it, and most commands never look.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    interrupted: interrupted.signal,
    forced: forced.signal,
  };
}
