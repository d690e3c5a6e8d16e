/** What is wrong with a set-up, where, why it matters and what to do, in the order to do it. */
import { sortFindings } from '../core/finding.ts';
import { checks } from './checks/index.ts';
import { gatherers, type Question } from './facts/index.ts';
import { type CheckResult, runChecks, type Status, statusOf } from './run.ts';
import { fingerprint, parseBaseline, selectChecks } from './select.ts';

export { catalogue } from './checks/index.ts';
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
  const results = mergeById(await runChecks(selected, { question, gatherers, timeoutMs, signal }));
  const summary: Summary = { pass: 0, warn: 0, fail: 0, skip: 0, accepted: 0 };
  const kept = results.map((result) => {
    const findings = result.findings.filter((finding) => !known.has(fingerprint(finding)));
    summary.accepted += result.findings.length - findings.length;
    return { ...result, findings, status: result.status === 'skip' ? result.status : statusOf(findings) };
  });
  for (const { status } of kept) summary[status] += 1;
  return { checks: kept, summary };
}

/** One result for each id, where the first of its checks stands; skipped when all of them were. */
function mergeById(results: readonly CheckResult[]): CheckResult[] {
  const merged = new Map<string, CheckResult>();
  for (const result of results) {
    const before = merged.get(result.id);
    merged.set(result.id, before ? join(before, result) : result);
  }
  return [...merged.values()];
}

function join(a: CheckResult, b: CheckResult): CheckResult {
  if (b.status === 'skip') return a;
  if (a.status === 'skip') return b;
  const findings = sortFindings([...a.findings, ...b.findings]);
  return { ...a, status: statusOf(findings), ms: Math.max(a.ms, b.ms), findings };
}
