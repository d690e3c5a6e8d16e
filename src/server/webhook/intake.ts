/** Keeps what webhooks say: deliveries that come at the same time in one transaction, which one disk write ends. */
import type { WebhookEvent } from 'livekit-server-sdk';
import { Failure } from '../../core/errors.ts';
import { together } from '../../core/together.ts';
import type { Store } from '../../store/index.ts';
import { type Applied, applyEvents } from './apply.ts';

/** Other requests wait for the database meanwhile. */
const most = 64;

/** @returns resolves once what the event says is kept, and rejects when it isn't */
export function intake(store: Store): (event: WebhookEvent) => Promise<Applied> {
  const apply = (events: WebhookEvent[]) => store.atomically((queries) => applyEvents(queries, events));
  const each = async (event: WebhookEvent): Promise<() => Applied> => {
    try {
      const [outcome = 'ignored'] = await apply([event]);
      return () => outcome;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  };
  const keep = together(async (events: WebhookEvent[]): Promise<(() => Applied)[]> => {
    try {
      return (await apply(events)).map((outcome) => () => outcome);
    } catch (error) {
      // A database that is away is away for all. Otherwise it may be one event, which the others need not suffer for.
      if (events.length === 1 || error instanceof Failure) throw error;
      const outcomes: (() => Applied)[] = [];
      for (const event of events) outcomes.push(await each(event));
      return outcomes;
    }
  }, most);
  return async (event) => (await keep(event))();
}
