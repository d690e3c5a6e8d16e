/** One run of livekit-server, from its start to its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { redact } from '../core/redact.ts';
import { lineSplitter } from './lines.ts';
import { startWatchdog } from './watchdog.ts';

export interface LaunchOptions {
  binary: string;
  configFile: string;
  /** The file to remove when bedrud is killed. */
  removeFile: string | undefined;
  env: Record<string, string>;
  /** Each line it prints, without secrets. */
  onLine(line: string): void;
  onWatchdogMissing(error: Error): void;
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Its last words: lines without a time stamp, in which livekit-server says why it ends. */
  bareLines: string[];
  /** It could not be started at all. */
  spawnError?: Error;
  ranMs: number;
}

export interface StopTimes {
  /** From the first SIGTERM, which lets meetings end, to the second, which ends them. In milliseconds. */
  drainMs: number;
  /** From the second SIGTERM to SIGKILL. In milliseconds. */
  forceMs: number;
}

const keptLines = 20;
/** What is still in the pipes when it ends is read for at most this long. In milliseconds. */
const lastWordsMs = 250;
/** Signals sent close together arrive as one, so the second SIGTERM is repeated. In milliseconds. */
const repeatMs = 100;

export class SfuProcess {
  readonly #child: ChildProcess;
  readonly #bareLines: string[] = [];
  readonly #startedAt = performance.now();
  readonly #forced = new AbortController();
  #stopping: Promise<void> | undefined;
  readonly ended: Promise<ProcessEnd>;

  constructor(options: LaunchOptions) {
    this.#child = spawn(options.binary, ['--config', options.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: Ctrl-C goes to bedrud alone, which then drains. Two signals would cut meetings.
      detached: true,
      env: options.env,
    });
    const streams = [this.#child.stdout, this.#child.stderr].map((stream) => {
      const splitter = lineSplitter((line) => this.#keep(redact(line), options.onLine));
      stream?.on('data', (chunk: Buffer) => splitter.push(chunk));
      return new Promise<void>((resolve) => stream?.once('close', resolve)).then(() => splitter.end());
    });
    const { pid } = this.#child;
    const watchdog =
      pid === undefined ? undefined : startWatchdog(pid, options.removeFile, options.onWatchdogMissing);
    this.ended = new Promise((resolve) => {
      const end = async (result: Pick<ProcessEnd, 'code' | 'signal' | 'spawnError'>) => {
        watchdog?.release();
        const ranMs = performance.now() - this.#startedAt;
        await Promise.race([Promise.all(streams), sleep(lastWordsMs)]);
        this.#child.stdout?.destroy();
        this.#child.stderr?.destroy();
        resolve({ ...result, bareLines: this.#bareLines, ranMs });
      };
      this.#child.once('exit', (code, signal) => void end({ code, signal }));
      this.#child.once('error', (spawnError) => {
        if (pid === undefined) void end({ code: null, signal: null, spawnError });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** SIGTERM, a second one after `drainMs`, SIGKILL after `forceMs` more. Resolves once it has ended. */
  stop(times: StopTimes): Promise<void> {
    this.#stopping ??= this.#stop(times);
    return this.#stopping;
  }

  /** Doesn't drain, and ends a {@link stop} that does. */
  forceStop(times: StopTimes): Promise<void> {
    this.#forced.abort();
    return this.stop(times);
  }

  async #stop({ drainMs, forceMs }: StopTimes): Promise<void> {
    this.#child.kill('SIGTERM');
    if (await this.#endsWithin(drainMs, this.#forced.signal)) return;
    for (let waited = 0; waited < forceMs; waited += repeatMs) {
      this.#child.kill('SIGTERM');
      if (await this.#endsWithin(Math.min(repeatMs, forceMs - waited))) return;
    }
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async #endsWithin(ms: number, cut?: AbortSignal): Promise<boolean> {
    const timer = new AbortController();
    const signal = cut === undefined ? timer.signal : AbortSignal.any([timer.signal, cut]);
    const waited = sleep(ms, false, { signal }).catch(() => false);
    const ended = await Promise.race([this.ended.then(() => true), waited]);
    timer.abort();
    return ended;
  }

  #keep(line: string, onLine: (line: string) => void): void {
    // After a panic come only stack traces: what it says stays the last word.
    if (isBare(line) && !isPanic(this.#bareLines.at(-1))) {
      this.#bareLines.push(line);
      if (this.#bareLines.length > keptLines) this.#bareLines.shift();
    }
    onLine(line);
  }
}

/** Is `line` neither a JSON log record nor one that begins with a time stamp? */
function isBare(line: string): boolean {
  return !/^(\{|\d{4}-\d\d-\d\dT)/.test(line);
}

function isPanic(line: string | undefined): boolean {
  return line !== undefined && /^(panic|fatal error): /.test(line);
}
