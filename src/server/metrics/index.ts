/** What is counted and measured since the process started. docs/metrics.md is made from here. */
import type { SfuState } from '../context.ts';
import { Histogram, Tallies, Tally } from './instruments.ts';

/** What became of a delivery to /api/livekit/webhook. */
const webhookOutcomes = [
  'applied',
  'known',
  'ignored',
  'malformed',
  'unauthenticated',
  'incomplete',
  'too_large',
  'unsupported_type',
  'rate_limited',
  'failed',
] as const;
export type WebhookOutcome = (typeof webhookOutcomes)[number];

/** What became of a round of reconciling. */
const roundOutcomes = ['agreed', 'healed', 'busy', 'unreachable', 'failed'] as const;
export type RoundOutcome = (typeof roundOutcomes)[number];

/** What a round put right: who had come, who had gone, and who was taken to be gone. */
const healedKinds = ['joined', 'left', 'reopened'] as const;
export type Healed = (typeof healedKinds)[number];

/** What became of a try of a job. */
const jobOutcomes = ['done', 'retried', 'failed'] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

/** What became of a try to tell a subscription. */
const outgoingOutcomes = ['delivered', 'retried', 'given_up'] as const;
type OutgoingOutcome = (typeof outgoingOutcomes)[number];

/** The kinds of events that LiveKit tells of; those of newer servers count as `other`. */
const webhookEvents = [
  'room_started',
  'room_finished',
  'participant_joined',
  'participant_left',
  'participant_connection_aborted',
  'track_published',
  'track_unpublished',
  'egress_started',
  'egress_updated',
  'egress_ended',
  'ingress_started',
  'ingress_ended',
  'other',
] as const;
type WebhookEventName = (typeof webhookEvents)[number];

/** The label of an event's name, which anybody with the key may choose. */
export function eventLabel(name: string): WebhookEventName {
  return webhookEvents.find((known) => known === name) ?? 'other';
}

export type Metrics = ReturnType<typeof makeMetrics>;

export function makeMetrics() {
  return {
    requests: new Histogram({
      name: 'bedrud_http_request_duration_seconds',
      help: 'Requests by route, method and status; 499: the client left before it had an answer. Paths that are no route are `none`.',
      labels: ['route', 'method', 'status'],
    }),
    joins: new Tally<string>(
      {
        name: 'bedrud_joins_total',
        help: 'Requests for a join token: `admitted`, the code of the error that was answered, or `left`: the client did not wait.',
        labels: ['outcome'],
      },
      ['admitted'],
    ),
    webhooks: new Tally<WebhookOutcome>(
      {
        name: 'bedrud_webhooks_total',
        help: 'Deliveries to /api/livekit/webhook, by what became of them.',
        labels: ['outcome'],
      },
      webhookOutcomes,
    ),
    webhookEvents: new Tally<WebhookEventName>(
      {
        name: 'bedrud_webhook_events_total',
        help: 'Events of LiveKit that were signed and read, by kind; those of newer servers are `other`.',
        labels: ['event'],
      },
      webhookEvents,
    ),
    rounds: new Tally<RoundOutcome>(
      {
        name: 'bedrud_reconcile_rounds_total',
        help: 'Comparisons of the database with LiveKit. `busy`: another replica was at it.',
        labels: ['outcome'],
      },
      roundOutcomes,
    ),
    healed: new Tally<Healed>(
      {
        name: 'bedrud_reconcile_healed_total',
        help: 'Sessions that no webhook, or a wrong one, had told of, and that a comparison put right.',
        labels: ['kind'],
      },
      healedKinds,
    ),
    roundSeconds: new Histogram({
      name: 'bedrud_reconcile_duration_seconds',
      help: 'How long comparisons took that were carried through.',
    }),
    jobs: new Tallies<'process_recording', JobOutcome>(
      {
        name: 'bedrud_jobs_total',
        help: 'Tries of jobs, by kind and by what became of them. `retried`: it failed, or its worker died, and is tried again; `failed`: it was given up.',
        labels: ['kind', 'outcome'],
      },
      ['process_recording'],
      jobOutcomes,
    ),
    outgoing: new Tally<OutgoingOutcome>(
      {
        name: 'bedrud_outgoing_webhooks_total',
        help: 'Tries to deliver an event to a subscription, by what became of them. `retried`: it failed and is tried again; `given_up`: it is never delivered.',
        labels: ['outcome'],
      },
      outgoingOutcomes,
    ),
    sfuStates: new Tally<SfuState>(
      {
        name: 'bedrud_sfu_state_changes_total',
        help: 'How often LiveKit entered each state: `restarting` counts its restarts, `unreachable` the outages of an external one.',
        labels: ['state'],
      },
      ['ready', 'restarting', 'unreachable', 'failed'],
    ),
    queries: new Histogram({
      name: 'bedrud_database_query_duration_seconds',
      help: 'How long statements took, with the way to the database and back.',
    }),
    queryErrors: new Tally(
      {
        name: 'bedrud_database_errors_total',
        help: 'Statements that failed. `lost`: the database could not be reached or used; `refused`: it said no.',
        labels: ['kind'],
      },
      ['lost', 'refused'],
    ),
  };
}
