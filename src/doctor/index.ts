/** What is wrong with a set-up, where, why it matters and what to do, in the order to do it. */
import { type Finding, sortFindings } from '../core/finding.ts';
import { type Accepted, type Baseline, staleEntries } from './baseline.ts';
import { checks } from './checks/index.ts';
import { gatherers, type Question } from './facts/index.ts';
import { type Change, planMends } from './mends/plan.ts';
import { type CheckResult, runChecks, type Status, statusOf, withFacts } from './run.ts';
import { selectChecks } from './select.ts';
import { describeSetup, type Setup } from './setup.ts';

export type { Question } from './facts/index.ts';
export type { CheckResult } from './run.ts';

export interface DoctorOptions {
  question: Question;
  only: readonly string[];
  skip: readonly string[];
  /** Say what was looked at too. */
  describe: boolean;
  /** Plan what would mend the findings that this lets through. */
  mend?: (finding: Finding) => boolean;
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
  /** What the baseline accepts and nobody finds any more. */
  stale: Accepted[];
  /** Only when it was to be described. */
  setup?: Setup;
}

/** Everything that was found, before a baseline is held against it. */
export interface Examination {
  checks: CheckResult[];
  setup?: Setup;
  /** What would mend findings; none unless it was asked for. */
  changes: Change[];
}

/** @throws Failure `usage/invalid` for names no check has */
export function examine(options: DoctorOptions): Promise<Examination> {
  const selected = selectChecks(checks, options.only, options.skip);
  return withFacts({ ...options, gatherers }, async (source) => {
    const [results, setup] = await Promise.all([
      runChecks(selected, source),
      options.describe ? describeSetup(source) : undefined,
    ]);
    const { mend } = options;
    const changes = mend ? await planMends(selected, results, source, mend) : [];
    return { checks: causesFirst(mergeById(results)), changes, ...(setup ? { setup } : {}) };
  });
}

/** What `examined` says beyond what `baseline` accepts. */
export function diagnosisOf(examined: Examination, baseline: Baseline): Diagnosis {
  const summary: Summary = { pass: 0, warn: 0, fail: 0, skip: 0, accepted: 0 };
  const kept = examined.checks.map((result) => {
    const findings = result.findings.filter((finding) => !baseline.accepts(finding));
    summary.accepted += result.findings.length - findings.length;
    return { ...result, findings, status: result.status === 'skip' ? result.status : statusOf(findings) };
  });
  for (const { status } of kept) summary[status] += 1;
  const { changes: _, ...rest } = examined;
  return { ...rest, checks: kept, summary, stale: staleEntries(baseline, examined.checks) };
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

/** What may follow from another check's failure says so, instead of what to do when it stands alone. */
function causesFirst(results: readonly CheckResult[]): CheckResult[] {
  const failed = new Set(results.filter(({ status }) => status === 'fail').map(({ id }) => id));
  return results.map((result) => {
    const follows = checks.find(({ id }) => id === result.id)?.follows ?? [];
    const cause = follows.find((id) => failed.has(id));
    if (cause === undefined) return result;
    const hint = `mend ${cause} first: this may follow from it`;
    return { ...result, findings: result.findings.map((finding) => ({ ...finding, hint })) };
  });
}

function join(a: CheckResult, b: CheckResult): CheckResult {
  if (b.status === 'skip') return a;
  if (a.status === 'skip') return b;
  const findings = sortFindings([...a.findings, ...b.findings]);
  return { ...a, status: statusOf(findings), ms: Math.max(a.ms, b.ms), findings };
}
