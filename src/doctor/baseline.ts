/** Findings that somebody has accepted, in a file that goes into the repository beside what it is about. */
import { failure } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { CheckResult } from './run.ts';

/** One finding, by what of it lasts. */
export interface Accepted {
  /** The check that says it; its findings may carry the ids of rules. */
  check: string;
  id: string;
  message: string;
  file?: string;
  pointer?: string;
}

export interface Baseline {
  entries: readonly Accepted[];
  accepts(finding: Finding): boolean;
}

/**
 * What of a finding stays the same from run to run: its place in the document where it has one, and otherwise its
 * message without what stands in brackets there, which are times, counts and process ids.
 */
export function fingerprint({ id, file, pointer, message }: Omit<Accepted, 'check'>): string {
  const lasting = pointer === undefined ? { message: message.replace(/ \([^)]*\)/g, '') } : { pointer };
  return JSON.stringify([id, file, lasting]);
}

function baselineOf(entries: readonly Accepted[]): Baseline {
  const known = new Set(entries.map(fingerprint));
  return { entries, accepts: (finding) => known.has(fingerprint(finding)) };
}

export const emptyBaseline = baselineOf([]);

/**
 * @param text what --update-baseline wrote, or --format json printed
 * @throws Failure `usage/invalid` when the text is something else
 */
export function parseBaseline(text: string, file: string): Baseline {
  const entries = entriesIn(text);
  if (entries !== undefined) return baselineOf(entries);
  throw failure('usage/invalid', {
    problem: `${file} is no baseline`,
    hint: `write one with: bedrud doctor --baseline ${file} --update-baseline`,
  });
}

function entriesIn(text: string): Accepted[] | undefined {
  try {
    const document = JSON.parse(text) as { accepted?: Accepted[]; checks?: CheckResult[] };
    const entries = document.accepted ?? (document.checks ? entriesOf(document.checks) : undefined);
    const whole = entries?.every((entry) =>
      [entry.check, entry.id, entry.message].every((part) => typeof part === 'string'),
    );
    return whole ? entries : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(checks: readonly CheckResult[]): Accepted[] {
  return checks.flatMap((check) =>
    check.findings.map(({ id, message, file, pointer }) => ({
      check: check.id,
      id,
      message,
      ...(file === undefined ? {} : { file }),
      ...(pointer === undefined ? {} : { pointer }),
    })),
  );
}

/** What the baseline accepts of the checks that ran, and they found no more. */
export function staleEntries(baseline: Baseline, checks: readonly CheckResult[]): Accepted[] {
  const ran = idsThatRan(checks);
  const found = new Set(entriesOf(checks).map(fingerprint));
  return baseline.entries.filter((entry) => ran.has(entry.check) && !found.has(fingerprint(entry)));
}

/** The text of a baseline that accepts what was found, and what `before` had of checks that did not run. */
export function updatedBaseline(before: Baseline, checks: readonly CheckResult[]): string {
  const ran = idsThatRan(checks);
  const kept = before.entries.filter(({ check }) => !ran.has(check));
  const byPrint = new Map([...kept, ...entriesOf(checks)].map((entry) => [fingerprint(entry), entry]));
  const accepted = [...byPrint].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  return `${JSON.stringify({ accepted }, null, 2)}\n`;
}

/** Those that were skipped said nothing, good or bad. */
function idsThatRan(checks: readonly CheckResult[]): Set<string> {
  return new Set(checks.filter(({ status }) => status !== 'skip').map(({ id }) => id));
}
