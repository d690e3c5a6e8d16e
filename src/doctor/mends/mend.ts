/** How a check says what would mend its findings: as edits, which {@link ./apply.ts} alone carries out. */
import type { Finding } from '../../core/finding.ts';
import type { FactName, Facts } from '../facts/index.ts';

/** One change to one file, which is named as findings name it. */
export type Edit =
  | { kind: 'rewrite'; file: string; change(text: string): string }
  /** Take every permission from others. */
  | { kind: 'close'; file: string }
  /** Of a file that nobody needs. */
  | { kind: 'remove'; file: string };

export interface Mend<N extends FactName = FactName> {
  /** Where one of them is missing there is nothing to offer. */
  needs: readonly N[];
  /** Only what is safe: what loses something, or has to be decided by a person, is left out. */
  edits(facts: Pick<Facts, N>, findings: readonly Finding[]): Edit[];
}

export function defineMend<const N extends FactName>(mend: Mend<N>): Mend {
  // Whoever asks for the edits hands in the facts that are named, so widening the parameter is safe.
  return mend as unknown as Mend;
}
