/** How long to wait before the next restart, and when to stop trying. */
export interface BackoffOptions {
  /** In milliseconds; short, since most crashes don't repeat. */
  firstMs: number;
  /** The longest wait, in milliseconds. */
  ceilingMs: number;
  /** Quick ends in a row after which there is no further restart. */
  attempts: number;
  /** A run that lasted as long, in milliseconds, was no quick end: counting starts anew. */
  stableMs: number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #quickEnds = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Quick ends in a row so far. */
  get quickEnds(): number {
    return this.#quickEnds;
  }

  /**
   * The wait before the next start, in milliseconds, or undefined to give up.
   * @param ranMs how long the run lasted that has just ended
   */
  next(ranMs: number): number | undefined {
    const { firstMs, ceilingMs, attempts, stableMs } = this.#options;
    this.#quickEnds = ranMs >= stableMs ? 1 : this.#quickEnds + 1;
    if (this.#quickEnds > attempts) return undefined;
    return Math.min(ceilingMs, firstMs * 2 ** (this.#quickEnds - 1));
  }
}
