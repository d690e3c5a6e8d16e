import type { Finding } from '../core/finding.ts';

/** What a formatter renders. */
export interface Report {
  /** Sorted and without duplicates. */
  findings: readonly Finding[];
  /** What was looked at, in order; a subject without a finding passed. */
  subjects: readonly string[];
  /** The texts of files that findings point into, by the name the findings use. */
  sources: ReadonlyMap<string, string>;
  /** bedrud's version. */
  version: string;
}
