/** Counts refused deliveries by address, so that who only guesses is slowed down. What is signed is never counted. */
import { forgetOldest } from '../../core/forget-oldest.ts';

/** As many refusals as an address may have at once, and how fast it gets them back, by the second. */
const allowance = { burst: 60, perSecond: 1 };
/** As many addresses as are remembered; the ones that were seen first go first. */
const maxAddresses = 10_000;

export class Refusals {
  readonly #addresses = new Map<string, { left: number; at: number }>();
  readonly #now: () => number;

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes a refusal. @returns false when this address has had too many */
  allows(address: string): boolean {
    const at = this.#now();
    const known = this.#addresses.get(address);
    const regained = known ? ((at - known.at) / 1000) * allowance.perSecond : 0;
    const left = Math.min(allowance.burst, (known?.left ?? allowance.burst) + regained) - 1;
    this.#addresses.delete(address);
    this.#addresses.set(address, { left: Math.max(left, -1), at });
    forgetOldest(this.#addresses, maxAddresses);
    return left >= 0;
  }
}
