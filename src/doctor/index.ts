/** What is wrong with a set-up, where, why it matters and what to do, in the order to do it. */
import { checks } from './checks/index.ts';
import { gatherers, type Question } from './facts/index.ts';
import { type CheckResult, runChecks, type Status, statusOf } from './run.ts';
import { fingerprint, parseBaseline, selectChecks } from './select.ts';

export type { Question } from './facts/index.ts';
export type { CheckResult } from './run.ts';

export interface DoctorOptions {
  question: Question;
  only: readonly string[];
  skip: readonly string[];
  /** The text of a baseline file, and its name for messages. */
  baseline?: { text: string; file: string } | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Summary extends Record<Status, number> {
  /** Findings that the baseline knows and that were left out. */
  accepted: number;
}

export interface Diagnosis {
  checks: CheckResult[];
  summary: Summary;
}

/** @throws Failure `usage/invalid` for names no check has, and for a baseline that is none */
export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const { question, timeoutMs, signal, baseline } = options;
  const selected = selectChecks(checks, options.only, options.skip);
  const known = baseline ? parseBaseline(baseline.text, baseline.file) : new Set<string>();
  const results = await runChecks(selected, { question, gatherers, timeoutMs, signal });
  const summary: Summary = { pass: 0, warn: 0, fail: 0, skip: 0, accepted: 0 };
  const kept = results.map((result) => {
    const findings = result.findings.filter((finding) => !known.has(fingerprint(finding)));
    summary.accepted += result.findings.length - findings.length;
    return { ...result, findings, status: result.status === 'skip' ? result.status : statusOf(findings) };
  });
  for (const { status } of kept) summary[status] += 1;
  return { checks: kept, summary };
}
