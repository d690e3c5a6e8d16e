/**
 * The jobs that fetch files, on BullMQ. Which recordings wait for theirs is in the database; a job only says who does
 * it, so that Redis may lose everything.
 */
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { Failure, reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { lacksRecorder } from '../../livekit/egress/recorders.ts';
import type { JobOutcome } from '../metrics/index.ts';
import type { Tally } from '../metrics/instruments.ts';
import { connectRedis } from './redis.ts';
import type { RecordingLog } from './service.ts';
import type { RedisSettings } from './settings.ts';

export interface JobsOptions {
  redis: RedisSettings;
  log: RecordingLog;
  /** Does a job. It may be called again for the same recording. */
  process(recordingId: string): Promise<void>;
  /** The last try has failed. */
  givenUp(recordingId: string, error: Error): Promise<void>;
  /** Counts each try. */
  tries: Tally<JobOutcome>;
  attempts: number;
  concurrency: number;
  /** Redis is there, or there again. */
  onReady?(): void;
  timing?: Timing;
}

/** In milliseconds. */
export interface Timing {
  /** A worker that hasn't been heard of for so long is taken to be dead, and its job is done by another. */
  lock: number;
  /** Before the second try; twice that before the third, and so on. */
  backoff: number;
}

export interface Jobs {
  /** Why Redis can't be used at the moment. */
  problem(): string | undefined;
  /** Is it certain that there is no egress service? */
  nobodyRecords(): Promise<boolean>;
  /** Has a file fetched, unless that is to be done already. @throws Error while Redis is away */
  add(recordingId: string): Promise<void>;
  /** Lets what runs finish, at most so long, in milliseconds. What doesn't is done again by another. */
  close(graceMs: number): Promise<void>;
}

const usual: Timing = { lock: 30_000, backoff: 5_000 };
const prefix = 'bedrud';
const queueName = 'recordings';
const jobName = 'process_recording';
/** How often a job may lose its worker: deployments and crashes are no reason to lose a recording. */
const maxStalledCount = 100;
/** How often workers that died are looked for, within the time after which one is taken to be dead. */
const looks = 6;

export function startJobs(options: JobsOptions): Jobs {
  const { redis, log, process, tries, attempts, concurrency, timing = usual } = options;
  let problem: string | undefined = 'it has not answered yet';
  let closing = false;
  const retryStrategy = (times: number) => Math.min(200 * 2 ** times, 5_000);
  // What is under way when Redis goes away fails soon.
  const asking = connectRedis(redis, { retryStrategy, maxRetriesPerRequest: 1 });
  // Waits for ever: for jobs, and for Redis.
  const working = connectRedis(redis, { retryStrategy, maxRetriesPerRequest: null });
  /** An outage is told once. */
  let told = false;
  const away = (reason: string) => {
    if (!told)
      log.warn(
        { problem: reason },
        'Redis is away: nothing is recorded, and LiveKit lets nobody in, until it is back',
      );
    told = true;
    problem = reason;
  };
  asking.on('ready', () => {
    if (told) log.info('Redis is back');
    told = false;
    problem = undefined;
    options.onReady?.();
  });
  asking.on('error', (error: Error) => away(redact(reasonOf(error))));
  asking.on('close', () => {
    if (problem === undefined && !closing) away('the connection was closed');
  });
  working.on('error', () => {});

  const queue = new Queue(queueName, { connection: asking, prefix });
  queue.on('error', () => {});
  const worker = new Worker<unknown>(
    queueName,
    async (job) => {
      const id = job.id ?? '';
      try {
        await process(id);
        tries.add('done');
      } catch (error) {
        const last = job.attemptsMade + 1 >= attempts || isFinal(error);
        log.warn({ recording: id, problem: redact(reasonOf(error)), last }, 'the file is not there yet');
        tries.add(last ? 'failed' : 'retried');
        if (!last) throw error;
        await options.givenUp(id, error as Error);
        throw new UnrecoverableError(reasonOf(error));
      }
    },
    {
      connection: working,
      prefix,
      concurrency,
      lockDuration: timing.lock,
      // A dead worker is found by the second look after its lock is gone.
      stalledInterval: Math.ceil(timing.lock / looks),
      maxStalledCount,
    },
  );
  worker.on('stalled', () => tries.add('retried'));
  worker.on('error', (error) => log.debug({ problem: redact(reasonOf(error)) }, 'recording jobs'));
  return {
    problem: () => problem,
    nobodyRecords: () => lacksRecorder(asking),
    async add(recordingId) {
      if (problem !== undefined) throw new Error(`Redis is away: ${problem}`);
      await queue.add(
        jobName,
        {},
        {
          // One job a recording, whoever finds that it waits.
          jobId: recordingId,
          attempts,
          backoff: { type: 'exponential', delay: timing.backoff },
          removeOnComplete: true,
          removeOnFail: true,
        },
      );
    },
    async close(graceMs) {
      const finished = worker.close();
      const impatient = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([finished, impatient]).catch(() => {});
      finished.catch(() => {});
      await queue.close().catch(() => {});
      closing = true;
      working.disconnect();
      asking.disconnect();
    },
  };
}

/** Another try would fail as this one did. */
function isFinal(error: unknown): boolean {
  return error instanceof Failure && error.code === 'recording/too-large';
}
