/** Starts livekit-server, keeps it running, and ends it in good order. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../core/duration.ts';
import { type Failure, failure } from '../core/errors.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { checkBinary } from './binary.ts';
import { cleanEnvironment } from './child-environment.ts';
import { hangs, type LivenessTimes } from './liveness.ts';
import { type PortUse, requireFreePorts } from './ports.ts';
import { waitUntilReady } from './readiness.ts';
import { type ProcessEnd, SfuProcess, type StopTimes } from './sfu-process.ts';
import { sweepTempConfigs, tempConfigPath, writeTempConfig } from './temp-config.ts';

export type SfuState = 'starting' | 'ready' | 'restarting' | 'stopping' | 'stopped' | 'failed';

export interface SfuLogRecord {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export interface SfuTimes extends StopTimes, BackoffOptions, LivenessTimes {
  /** Longest wait for readiness; STUN with use_external_ip takes its time. In milliseconds. */
  readyMs: number;
}

export interface SfuOptions {
  /** Path of livekit-server. */
  binary: string;
  /** Its version, for those who ask the running SFU. */
  version: string;
  /** A configuration to hand over in a temporary file, or the operator's own file. */
  config: { yaml: string } | { file: string };
  /** Where it will answer: `http://127.0.0.1:7880`. */
  url: string;
  /** Ports it is going to take; they are looked at before the first start. */
  ports?: readonly PortUse[];
  /** A token for /rtc/validate, made with a key that the configuration holds. */
  mint(): string | Promise<string>;
  /** Names the reason for an end by what livekit-server printed without a time stamp; undefined when it can't. */
  classify?(text: string): { id: string; message: string; hint: string } | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** What the supervisor itself does. */
  log?(record: SfuLogRecord): void;
  /** A process has been started; whether it becomes ready is another matter. */
  onSpawn?(): void;
  /** Each line livekit-server prints, without secrets. */
  onLine?(line: string): void;
  /** Aborts the start; {@link startSfu} then throws the signal's reason. Later only {@link RunningSfu.stop} counts. */
  signal?: AbortSignal;
  times?: Partial<SfuTimes>;
}

export interface RunningSfu {
  readonly url: string;
  readonly version: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  readonly state: SfuState;
  /** Calls back at each change. @returns how to stop that */
  onState(callback: (state: SfuState) => void): () => void;
  /** SIGTERM, then a second one, then SIGKILL. Resolves when nothing is left: no process, no file. */
  stop(): Promise<void>;
  /** As {@link stop}, without waiting for meetings; also hastens a stop under way. */
  forceStop(): Promise<void>;
  /** Resolves when it has stopped for good, with the failure if that was not asked for. */
  readonly done: Promise<Failure | undefined>;
}

const defaults: SfuTimes = {
  readyMs: 30_000,
  drainMs: 15_000,
  forceMs: 3_000,
  firstMs: 100,
  ceilingMs: 30_000,
  attempts: 10,
  stableMs: 60_000,
  askEveryMs: 5_000,
  answerMs: 5_000,
  misses: 3,
};

/**
 * Starts livekit-server and resolves once it is ready. From then on it is restarted whenever it ends, and when it
 * runs but no longer answers.
 * @throws Failure `ports/in-use`, `ports/denied`, `output/unwritable`, `sfu/binary-missing`, `sfu/start-failed`,
 * `sfu/not-ready`
 */
export async function startSfu(options: SfuOptions): Promise<RunningSfu> {
  const swept = await sweepTempConfigs();
  if (swept.files.length > 0) {
    options.log?.({
      level: 'warn',
      message: 'cleaned up after a bedrud that was killed',
      fields: { ...swept },
    });
  }
  options.signal?.throwIfAborted();
  await requireFreePorts(options.ports ?? []);
  const supervisor = new Supervisor(options);
  await supervisor.start(options.signal);
  return supervisor;
}

class Supervisor implements RunningSfu {
  readonly #options: SfuOptions;
  readonly #times: SfuTimes;
  readonly #backoff: Backoff;
  readonly #configFile: string;
  readonly #env: Record<string, string>;
  readonly #callbacks = new Set<(state: SfuState) => void>();
  readonly #stopping = new AbortController();
  #process: SfuProcess | undefined;
  /** The process that was ended for not answering. */
  #hung: SfuProcess | undefined;
  #state: SfuState = 'starting';
  #finish: (failure: Failure | undefined) => void = () => {};
  readonly done = new Promise<Failure | undefined>((resolve) => {
    this.#finish = resolve;
  });

  constructor(options: SfuOptions) {
    this.#options = options;
    this.#times = { ...defaults, ...options.times };
    this.#backoff = new Backoff(this.#times);
    this.#configFile = 'yaml' in options.config ? tempConfigPath() : options.config.file;
    const { env, removed } = cleanEnvironment(options.env);
    this.#env = env;
    if (removed.length > 0) {
      this.#log('info', 'kept variables from livekit-server that would override its configuration', {
        removed,
      });
    }
  }

  get url() {
    return this.#options.url;
  }
  get version() {
    return this.#options.version;
  }
  get pid() {
    return this.#process?.pid;
  }
  get state() {
    return this.#state;
  }

  onState(callback: (state: SfuState) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /** The first start: what goes wrong now goes wrong again, so it is not repeated. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const abort = () => void this.forceStop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const problem = await this.#launch();
      signal?.throwIfAborted();
      if (problem) throw problem;
      void this.#keepRunning();
    } catch (error) {
      await this.#process?.forceStop(this.#times);
      await this.#conclude('failed', undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async stop(): Promise<void> {
    if (this.#state !== 'failed' && this.#state !== 'stopped') this.#enter('stopping');
    this.#stopping.abort();
    await this.#process?.stop(this.#times);
    await this.done;
  }

  async forceStop(): Promise<void> {
    void this.#process?.forceStop(this.#times);
    await this.stop();
  }

  async #keepRunning(): Promise<void> {
    let ended = await this.#ending();
    while (!this.#stopping.signal.aborted) {
      const { reason, hint } = ended;
      const wait = this.#backoff.next(ended.ranMs);
      const attempts = this.#backoff.quickEnds;
      if (wait === undefined) {
        return this.#conclude('failed', failure('sfu/gave-up', { attempts, reason, hint }));
      }
      this.#enter('restarting');
      this.#log('error', 'livekit-server ended', { reason, restartInMs: wait, attempt: attempts });
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      const problem = await this.#launch().catch((error: Failure) => error);
      if (problem) {
        await this.#process?.forceStop(this.#times);
        ended = { reason: problem.message, hint: problem.hint, ranMs: 0 };
      } else {
        ended = await this.#ending();
      }
    }
    await this.#conclude('stopped', undefined);
  }

  /** Waits for the running process to end. */
  async #ending(): Promise<{ reason: string; hint: string; ranMs: number }> {
    const run = this.#process;
    const end = await run?.ended;
    if (end === undefined) return { reason: 'not started', hint: '', ranMs: 0 };
    const why =
      run === this.#hung
        ? { reason: 'it hung, and was ended', hint: 'its log may say what it waits for' }
        : this.#explain(end);
    return { ...why, ranMs: end.ranMs };
  }

  /** Starts a process and waits until it is ready. @returns why it isn't */
  async #launch(): Promise<Failure | undefined> {
    const { config, binary, url, mint } = this.#options;
    // Written anew for each start: temporary folders get cleaned.
    if ('yaml' in config) await writeTempConfig(this.#configFile, config.yaml);
    if (this.#stopping.signal.aborted) return undefined;
    const began = performance.now();
    const run = new SfuProcess({
      binary,
      configFile: this.#configFile,
      removeFile: 'yaml' in config ? this.#configFile : undefined,
      env: this.#env,
      onLine: (line) => this.#options.onLine?.(line),
      onWatchdogMissing: (error) =>
        this.#log(
          'warn',
          'there is no shell to watch over livekit-server: should bedrud be killed, it runs on',
          {
            reason: error.message,
          },
        ),
    });
    this.#process = run;
    this.#options.onSpawn?.();
    const waiting = new AbortController();
    const readiness = waitUntilReady({ url, mint, timeoutMs: this.#times.readyMs, signal: waiting.signal });
    const first = await Promise.race([
      readiness.then((answer) => ({ answer })),
      run.ended.then((end) => ({ end })),
    ]);
    waiting.abort();
    if ('end' in first) return this.#explainStart(first.end);
    if (first.answer === undefined) {
      this.#log('info', 'livekit-server is ready', {
        pid: run.pid,
        ms: Math.round(performance.now() - began),
      });
      if (!this.#stopping.signal.aborted) {
        this.#enter('ready');
        void this.#watch(run);
      }
      return undefined;
    }
    return failure('sfu/not-ready', {
      limit: formatDuration(this.#times.readyMs),
      answer: first.answer,
      hint: 'its log says what it waits for',
    });
  }

  /** Ends `run` when it hangs; that it has ended is then noticed as ever. */
  async #watch(run: SfuProcess): Promise<void> {
    const ended = new AbortController();
    void run.ended.then(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.#stopping.signal]);
    const hung = await hangs(this.url, this.#times, signal, (reason, inARow) =>
      this.#log('warn', 'livekit-server does not answer', {
        reason,
        inARow,
        restartAfter: this.#times.misses,
      }),
    );
    if (!hung) return;
    this.#log('error', 'livekit-server hangs: it is ended and started again', { pid: run.pid });
    this.#enter('restarting');
    this.#hung = run;
    await run.forceStop(this.#times);
  }

  async #explainStart(end: ProcessEnd): Promise<Failure> {
    if (end.spawnError) {
      await checkBinary(this.#options.binary);
      const hint = 'check that it can be run from a shell';
      return failure('sfu/binary-missing', {
        problem: `livekit-server cannot be run: ${end.spawnError.message}`,
        hint,
      });
    }
    return failure('sfu/start-failed', this.#explain(end));
  }

  /** Why a process ended, as far as its last words tell. livekit-server exits with 0 whatever the reason. */
  #explain(end: ProcessEnd): { reason: string; hint: string } {
    const known = this.#options.classify?.(end.bareLines.join('\n'));
    if (known) return { reason: `${known.message} [${known.id}]`, hint: known.hint };
    const last = end.bareLines.at(-1);
    const how = end.signal ? `killed by ${end.signal}` : `exit status ${end.code}`;
    return {
      reason: last === undefined ? how : `${last} (${how})`,
      hint: "livekit-server's own log, above, may say more; -v shows all of it",
    };
  }

  async #conclude(state: 'stopped' | 'failed', problem: Failure | undefined): Promise<void> {
    if ('yaml' in this.#options.config) await rm(this.#configFile, { force: true });
    this.#enter(state);
    this.#finish(problem);
  }

  #enter(state: SfuState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const callback of this.#callbacks) callback(state);
  }

  #log(level: SfuLogRecord['level'], message: string, fields: Record<string, unknown>): void {
    this.#options.log?.({ level, message, fields });
  }
}
