/** Keeps what webhooks say: deliveries that come at the same time in one transaction, which one disk write ends. */
import type { WebhookEvent } from 'livekit-server-sdk';
import { together } from '../../core/together.ts';
import type { Store } from '../../store/index.ts';
import { type Applied, applyEvents } from './apply.ts';

/** @returns resolves once what the event says is kept, and rejects when it isn't */
export function intake(store: Store): (event: WebhookEvent) => Promise<Applied> {
  return together((events) => store.atomically((queries) => applyEvents(queries, events)), { alone: true });
}
