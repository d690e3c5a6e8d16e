/** Reconciling at start, when asked, and every few seconds; one replica at a time. */
import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { Failure, reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { Census } from '../../sfu/census.ts';
import type { Store } from '../../store/index.ts';
import type { Healed, Metrics, RoundOutcome } from '../metrics/index.ts';
import { type RoundOptions, reconcile } from './round.ts';

export interface ReconcilerOptions {
  store: Store;
  /** @param signal aborted when the reconciler is closed */
  census(signal: AbortSignal): Census;
  /** Puts those out who may not be there. */
  lookAtThoseIn: RoundOptions['lookAtThoseIn'];
  metrics: Pick<Metrics, 'rounds' | 'healed' | 'roundSeconds'>;
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Between two rounds, in milliseconds; give or take {@link jitter}. */
  intervalMs?: number;
}

export interface Reconciler {
  /** Has a thorough round begin soon: the SFU is there again. */
  request(reason: string): void;
  /** Resolves once nothing runs any more. */
  close(): Promise<void>;
}

const usualInterval = 10_000;
/** So that replicas don't ask in step: a fifth more or less. */
const jitter = 0.2;
/** Every one of so many rounds on the timer looks into every room. */
const thoroughEvery = 6;
/** A replica that dies in a round holds up the others for so long, in milliseconds. It is renewed meanwhile. */
const lease = { name: 'reconcile', ms: 6_000, renewMs: 2_000 };

/** A room that is not persistent is archived when nobody was in it for so long, in milliseconds. */
const idle = 86_400_000;

/** Starts with a thorough round. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { store, metrics, log, intervalMs = usualInterval } = options;
  const holder = randomUUID();
  const closing = new AbortController();
  const census = options.census(closing.signal);
  let requested: string | undefined = 'start';
  let wake = () => {};
  /** Whether the last round failed: an outage is told once. */
  let failing = false;

  /** What nobody needs any more. */
  const tidyUp = async () => {
    await store.webhookEvents.forgetOld();
    for (const { name } of await store.rooms.archiveIdle(Date.now() - idle)) {
      log.info({ room: name }, 'a room that nobody comes to any more was archived');
    }
  };

  const round = async (why: string, thorough: boolean): Promise<RoundOutcome> => {
    if (!(await store.leases.take(lease.name, holder, lease.ms))) return 'busy';
    const renewal = setInterval(() => {
      store.leases.take(lease.name, holder, lease.ms).catch(() => {});
    }, lease.renewMs);
    try {
      const began = performance.now();
      const healing = await reconcile({ store, census, thorough, lookAtThoseIn: options.lookAtThoseIn });
      if (thorough) await tidyUp();
      for (const kind of Object.keys(healing) as Healed[]) metrics.healed.add(kind, healing[kind]);
      const outcome = Object.values(healing).some((count) => count > 0) ? 'healed' : 'agreed';
      const level = outcome === 'healed' || why !== 'timer' || failing ? 'info' : 'debug';
      const ms = performance.now() - began;
      metrics.roundSeconds.observe(ms / 1000);
      log[level]({ reason: why, ...healing, ms: Math.round(ms) }, 'state reconciled');
      failing = false;
      return outcome;
    } finally {
      clearInterval(renewal);
      await store.leases.release(lease.name, holder);
    }
  };

  const attempt = async (why: string, thorough: boolean): Promise<RoundOutcome> => {
    try {
      return await round(why, thorough);
    } catch (error) {
      if (closing.signal.aborted) return 'failed';
      const unreachable = error instanceof Failure && error.code === 'sfu/unreachable';
      if (!failing)
        log.warn(
          { problem: redact(reasonOf(error)) },
          'the state cannot be compared with LiveKit; trying on',
        );
      failing = true;
      return unreachable ? 'unreachable' : 'failed';
    }
  };

  /** Until the next round is due, by time or by request. */
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (requested !== undefined || closing.signal.aborted) wake();
    });

  const running = (async () => {
    for (let turn = 0; !closing.signal.aborted; turn += 1) {
      const why: string = requested ?? 'timer';
      requested = undefined;
      const outcome = await attempt(why, why !== 'timer' || turn % thoroughEvery === 0);
      if (closing.signal.aborted) return;
      metrics.rounds.add(outcome);
      const usual = intervalMs * (1 + jitter * (2 * Math.random() - 1));
      await pause(outcome === 'busy' ? Math.min(usual, lease.renewMs) : usual);
      // What was asked for and couldn't be done is still to be done.
      if (why !== 'timer' && outcome !== 'agreed' && outcome !== 'healed') requested ??= why;
    }
  })();
  return {
    request(why) {
      requested = why;
      wake();
    },
    async close() {
      closing.abort();
      wake();
      await running;
    },
  };
}
