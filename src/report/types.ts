import type { Finding } from '../core/finding.ts';
import type { RuleInfo } from '../core/rule-info.ts';

/** What a formatter renders. */
export interface Report {
  /** Sorted and without duplicates. */
  findings: readonly Finding[];
  /** What was looked at, in order; a subject without a finding passed. */
  subjects: readonly string[];
  /** The texts of files that findings point into, by the name the findings use. */
  sources: ReadonlyMap<string, string>;
  /** What is known of the rules behind the findings. */
  rules: readonly RuleInfo[];
  /** bedrud's version. */
  version: string;
  /** When the report is made. */
  now: Date;
}
