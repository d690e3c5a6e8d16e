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

/** A title, a reason or a step as a sentence of its own; names of programs and keys keep their small letter. */
export function asSentence(text: string): string {
  const begun = text.replace(/^[a-z]+(?=[\s,])/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
