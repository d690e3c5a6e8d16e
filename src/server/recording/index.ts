/**
 * Recording, as a server does it besides answering requests: files are fetched, what no event told of is found out, and
 * what is too old is removed. Runs only where there is a Redis for it.
 */
import { randomUUID } from 'node:crypto';
import { Failure, failure, reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { SfuConnection } from '../../sfu/connection.ts';
import type { EgressOperations } from '../../sfu/egress.ts';
import { liveStates, type Recording, type Store } from '../../store/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Jobs, Timing } from './jobs.ts';
import { forgetSource, processRecording } from './process.ts';
import { type RecordingLog, RecordingService } from './service.ts';
import type { RecordingSettings, RedisSettings } from './settings.ts';

export interface RecordingsOptions {
  store: Store;
  settings: RecordingSettings;
  connection: SfuConnection;
  metrics: Pick<Metrics, 'jobs'>;
  log: RecordingLog;
  /** In milliseconds, for tests that can't wait. */
  timing?: Timing & { round: number };
}

export interface Recordings {
  service: RecordingService;
  /** Resolves once nothing runs any more. @param graceMs for files being fetched, at most */
  close(graceMs: number): Promise<void>;
}

/** Between two rounds, in milliseconds. */
const usualRound = 10_000;
const minute = 60_000;
const hour = 60 * minute;
/** LiveKit is asked about what it should have told of by now, in milliseconds. */
const silence = { starting: 15_000, active: minute, stopping: 15_000 };
/** A replica that dies in a round holds up the others for so long, in milliseconds. */
const lease = { name: 'recordings', ms: minute };
/** As many recordings as one round looks at. */
const batch = 100;

/** The service, and the work behind it; without a Redis in `settings` only the service. */
export async function startRecordings(options: RecordingsOptions): Promise<Recordings> {
  const { store, settings, connection, log } = options;
  const egress = async () => (await import('../../sfu/egress.ts')).egressService(connection);
  const { redis } = settings;
  if (redis === undefined) {
    const service = new RecordingService({ store, settings, egress, log });
    return { service, async close() {} };
  }
  return work({ ...options, redis, egress });
}

interface WorkOptions extends RecordingsOptions {
  redis: RedisSettings;
  egress: ConstructorParameters<typeof RecordingService>[0]['egress'];
}

async function work({
  store,
  settings,
  connection,
  metrics,
  log,
  timing,
  redis,
  egress,
}: WorkOptions): Promise<Recordings> {
  const { startJobs } = await import('./jobs.ts');
  /** Why nobody would record, when that was last looked into. */
  let refusal: Failure | undefined;
  const jobs = startJobs({
    redis,
    log,
    tries: metrics.jobs.of.process_recording,
    attempts: settings.attempts,
    concurrency: settings.concurrency,
    process: (id) => processRecording(id, { store, settings, storages: service.storages, connection, log }),
    async givenUp(id, error) {
      await store.recordings.step(id, 'givenUp', { error: redact(reasonOf(error)) });
      log.error({ recording: id, problem: redact(reasonOf(error)) }, 'a recording failed');
    },
    onReady: () => wakeFor('round'),
    ...(timing ? { timing } : {}),
  });
  const away = () =>
    jobs.problem() === undefined
      ? undefined
      : // Where Redis is and what it said is in the log; who asks for a recording need not know.
        failure('recording/unavailable', { reason: 'Redis is away' });
  const look = async () => {
    refusal = away() ?? (await whyNobodyRecords(jobs, await egress()));
    return refusal;
  };
  const service = new RecordingService({
    store,
    settings,
    egress,
    log,
    obstacle: () => away() ?? refusal,
    look,
    redisUp: () => jobs.problem() === undefined,
    onProcessing: () => wakeFor('files'),
  });
  const holder = randomUUID();
  let closing = false;
  let wake = () => {};
  let wanted: 'round' | 'files' | undefined;
  let cleanedAt = 0;
  let sweptAt = 0;
  const wakeFor = (what: 'round' | 'files') => {
    if (wanted !== 'round') wanted = what;
    wake();
  };

  /** What any replica may do at any time, because doing it twice does no harm. */
  const enqueue = async () => {
    if (away()) return;
    for (const { id } of await store.recordings.list({ states: ['processing'] }, batch)) await jobs.add(id);
  };
  const askAround = async () => {
    const quiet = new Map<string, Recording[]>();
    for (const state of liveStates) {
      const since = Date.now() - (timing?.round ?? silence[state]);
      for (const one of await store.recordings.unchangedSince(since, [state], batch)) {
        quiet.set(one.roomName, [...(quiet.get(one.roomName) ?? []), one]);
      }
    }
    for (const [room, live] of quiet) await service.refresh(room, live);
  };
  const cleanUp = async () => {
    for (const one of await store.recordings.list({ states: ['deleting'] }, batch))
      await service.finishRemoval(one);
    const taken = await store.recordings.withSource(Date.now() - (timing?.round ?? minute), batch);
    for (const one of taken) await forgetSource(one, { store, settings, storages: service.storages });
    if (Date.now() - sweptAt > hour) {
      sweptAt = Date.now();
      // Not every server of buckets can be asked for them.
      await service.storages.removeAbandoned().catch((error: unknown) => {
        log.debug({ problem: redact(reasonOf(error)) }, 'half written files are not looked for');
      });
    }
    const { retentionMs, cleanUpMs } = settings;
    if (retentionMs === 0 || cleanUpMs === 0 || Date.now() - cleanedAt < cleanUpMs) return;
    const over = ['completed', 'failed', 'aborted'] as const;
    const old = await store.recordings.unchangedSince(Date.now() - retentionMs, over, batch);
    for (const one of old) await service.remove(one);
    if (old.length > 0)
      log.info({ recordings: old.length }, 'recordings older than recording.retentionHours were deleted');
    if (old.length < batch) cleanedAt = Date.now();
  };
  const round = async () => {
    await enqueue();
    await look();
    if (!(await store.leases.take(lease.name, holder, lease.ms))) return;
    // LiveKit tells of recordings also when their recorders are gone.
    const answers = refusal === undefined || refusal.code === 'recording/no-recorder';
    for (const part of answers ? [askAround, cleanUp] : [cleanUp]) await part().catch(complain);
    await enqueue();
  };
  /** An outage is told once. */
  let complaint = '';
  const complain = (error: unknown) => {
    const problem = redact(reasonOf(error));
    if (problem !== complaint && !closing) log.warn({ problem }, 'recordings wait');
    complaint = problem;
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timing?.round ?? usualRound);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (wanted || closing) wake();
    });

  const running = (async () => {
    while (!closing) {
      const onlyFiles = wanted === 'files';
      wanted = undefined;
      await (onlyFiles ? enqueue() : round()).catch(complain);
      if (!closing) await pause();
    }
  })();
  return {
    service,
    async close(graceMs) {
      closing = true;
      wake();
      await Promise.all([running, jobs.close(graceMs)]);
      await store.leases.release(lease.name, holder);
    },
  };
}

/** Recorders tell Redis that they are there; whether LiveKit has that Redis, it says itself. */
async function whyNobodyRecords(jobs: Jobs, egress: EgressOperations): Promise<Failure | undefined> {
  try {
    await egress.check();
  } catch (error) {
    return error instanceof Failure ? error : failure('recording/unavailable', { reason: reasonOf(error) });
  }
  return (await jobs.nobodyRecords()) ? failure('recording/no-recorder', {}) : undefined;
}
