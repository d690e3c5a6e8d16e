import type { Severity } from './finding.ts';

/** What a check or a rule says of itself; `bedrud explain`, docs/checks.md and SARIF are made from it. */
export interface RuleInfo {
  /** `area/name`; stable once released. */
  id: string;
  title: string;
  severity: Severity;
  /** What happens to those who leave it. */
  why: string;
  fix: string;
  docs?: string;
}
