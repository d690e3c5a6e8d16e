/** What is counted since the process started. */

/** What became of a delivery to /api/livekit/webhook. */
export type WebhookOutcome =
  | 'applied'
  | 'known'
  | 'ignored'
  | 'malformed'
  | 'unauthenticated'
  | 'incomplete'
  | 'too_large'
  | 'unsupported_type'
  | 'rate_limited'
  | 'failed';

/** What became of a round of reconciling. */
export type RoundOutcome = 'agreed' | 'healed' | 'busy' | 'unreachable' | 'failed';

/** What a round put right: who had come, who had gone, and who was taken to be gone. */
export type Healed = 'joined' | 'left' | 'reopened';

/** Counts by label. */
export class Tally<Label extends string> {
  readonly #counts: Record<Label, number>;

  /** @param labels every one there is: those that didn't happen yet count 0 */
  constructor(labels: readonly Label[]) {
    this.#counts = Object.fromEntries(labels.map((label) => [label, 0])) as Record<Label, number>;
  }

  add(label: Label, by = 1): void {
    this.#counts[label] += by;
  }

  get counts(): Readonly<Record<Label, number>> {
    return this.#counts;
  }
}

export interface Metrics {
  webhooks: Tally<WebhookOutcome>;
  rounds: Tally<RoundOutcome>;
  healed: Tally<Healed>;
}

export function makeMetrics(): Metrics {
  return {
    webhooks: new Tally<WebhookOutcome>([
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
    ]),
    rounds: new Tally<RoundOutcome>(['agreed', 'healed', 'busy', 'unreachable', 'failed']),
    healed: new Tally<Healed>(['joined', 'left', 'reopened']),
  };
}
