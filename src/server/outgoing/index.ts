/** Delivers what is in the outbox, again and again until it has arrived or is given up; one replica at a time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrently } from '../../core/concurrently.ts';
import { reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { DueDelivery, Store } from '../../store/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { RecordingLog } from '../recording/service.ts';
import type { AddressRule } from './addresses.ts';
import { post } from './post.ts';

export interface DeliverOptions {
  store: Store;
  allows: AddressRule;
  metrics: Pick<Metrics, 'outgoing'>;
  log: RecordingLog;
  /** Between two looks, in milliseconds. */
  intervalMs?: number;
  /** Between one try and the next, in milliseconds; as many tries as there are, and one. */
  pauses?: readonly number[];
}

export interface Deliveries {
  /** Resolves once nothing runs any more. What is under way is given up, and tried again later. */
  close(): Promise<void>;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** A receiver may be away for most of a day. */
const usualPauses = [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour];
const usualInterval = 2 * second;
/** A replica that dies while delivering holds up the others for so long, in milliseconds. */
const lease = { name: 'deliveries', ms: minute };
/** As many as are tried in one go, and at the same time for each subscription. */
const batch = { size: 40, atOnce: 8 };
const forgetEvery = hour;

export function startDeliveries(options: DeliverOptions): Deliveries {
  const { store, allows, metrics, log, intervalMs = usualInterval, pauses = usualPauses } = options;
  const holder = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  let forgotten = Date.now();
  let failing = false;

  /** What is being tried, by subscription: one whose receiver is slow holds up no other. */
  const busy = new Map<string, Promise<void>>();

  const complain = (error: unknown) => {
    if (!failing && !signal.aborted) {
      log.warn({ problem: redact(reasonOf(error)) }, 'outgoing webhooks wait');
    }
    failing = true;
  };
  const deliver = async (delivery: DueDelivery): Promise<void> => {
    const { status, error, final } = await post(delivery, allows, signal);
    if (signal.aborted) return;
    const pause = final ? undefined : pauses[delivery.attempts];
    const dueAt = error === null || pause === undefined ? null : Date.now() + pause;
    await store.outbox.tried(delivery, { status, error, dueAt });
    metrics.outgoing.add(error === null ? 'delivered' : dueAt === null ? 'given_up' : 'retried');
    const { id, event, subscriptionId } = delivery;
    const fields = { delivery: id, event, subscription: subscriptionId };
    if (error === null) log.debug(fields, 'webhook delivered');
    else log.warn({ ...fields, problem: redact(error), again: dueAt !== null }, 'webhook not delivered');
  };
  /** @returns whether there may be more to do at once */
  const round = async (): Promise<boolean> => {
    const due = (limit: number) => store.outbox.due(Date.now(), limit, [...busy.keys()]);
    // Most of the time there is nothing to do, and nothing to hold.
    if (busy.size === 0 && (await due(1)).length === 0) return false;
    if (!(await store.leases.take(lease.name, holder, lease.ms))) return false;
    for (const [subscription, some] of bySubscription(await due(batch.size))) {
      const trying = concurrently(some, batch.atOnce, deliver)
        .then(() => {}, complain)
        .finally(() => busy.delete(subscription));
      busy.set(subscription, trying);
    }
    await firstOf([...busy.values()], intervalMs, signal);
    if (busy.size === 0) await store.leases.release(lease.name, holder);
    return true;
  };
  const attempt = async (): Promise<boolean> => {
    try {
      const more = await round();
      if (Date.now() - forgotten > forgetEvery) {
        forgotten = Date.now();
        await store.outbox.forgetOld();
      }
      if (!more) failing = false;
      return more;
    } catch (error) {
      complain(error);
      return false;
    }
  };
  const running = (async () => {
    while (!signal.aborted) {
      if (!(await attempt())) await sleep(intervalMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async close() {
      closing.abort();
      await running;
      await Promise.all(busy.values());
      await store.leases.release(lease.name, holder).catch(complain);
    },
  };
}

function bySubscription(due: readonly DueDelivery[]): Map<string, DueDelivery[]> {
  const found = new Map<string, DueDelivery[]>();
  for (const delivery of due) {
    const { subscriptionId } = delivery;
    found.set(subscriptionId, [...(found.get(subscriptionId) ?? []), delivery]);
  }
  return found;
}

/** Resolves with the first of `work`, or after `ms`. */
async function firstOf(work: readonly Promise<void>[], ms: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const enough = sleep(ms, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => {});
  await Promise.race([...work, enough]);
  done.abort();
}
