/**
 * A finding: something bedrud noticed about a file, a server or a host. Findings are data, not failures: a
 * check that finds ten errors has worked. What can't be carried out at all is a {@link ./errors.ts failure}.
 */

export type Severity = 'error' | 'warning' | 'info';

/** Worst first, which is also the order in which findings are listed. */
export const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

export interface Finding {
  /** The check or rule that found it, `area/name`; stable once released. */
  id: string;
  severity: Severity;
  /** What is wrong, in one sentence, with the value that is wrong. */
  message: string;
  /** The next step: what to write or run. */
  hint?: string;
  /** As the user named it, or `-` for standard input. */
  file?: string;
  /** 1-based. */
  line?: number;
  /** 1-based, in UTF-16 units. */
  column?: number;
  /** Where in the document, as a JSON pointer: `/rtc/node_ip`. */
  pointer?: string;
  /** A page that says more. */
  docs?: string;
}

const rank = (severity: Severity): number => severities.indexOf(severity);

/** Is `finding` at or above `threshold`? `never` is above everything. */
export function reaches(finding: Finding, threshold: Severity | 'never'): boolean {
  return threshold !== 'never' && rank(finding.severity) <= rank(threshold);
}

/** The same findings once each: by file, then place, then severity, then id. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.file, finding.line, finding.column, finding.id, finding.message]);
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()].sort(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      rank(a.severity) - rank(b.severity) ||
      compare(a.id, b.id),
  );
}

/** By code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
