/** `bedrud doctor --fix`: shows what it would change, asks, changes it, and looks again. */
import type { Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { exitStatus, Failure } from '../../core/errors.ts';
import { type Finding, reaches, type Severity } from '../../core/finding.ts';
import type { Diagnosis } from '../../doctor/index.ts';
import { applyChange } from '../../doctor/mends/apply.ts';
import type { Change } from '../../doctor/mends/plan.ts';
import { type ReportOptions, reportText } from '../../doctor/report.ts';
import type { Style } from '../../report/text/style.ts';
import { maskedDiff } from '../shared/masked-diff.ts';

export interface Fix {
  changes: readonly Change[];
  /** As it was before. */
  diagnosis: Diagnosis;
  /** Looks again. */
  again(): Promise<Diagnosis>;
  yes: boolean;
  report: Pick<ReportOptions, 'verbose' | 'whyOf'>;
  failOn: Severity | 'never';
  context: Context;
}

interface Done {
  change: Change;
  backup?: string;
  failure?: Failure;
}

export async function fix(plan: Fix): Promise<Outcome> {
  if (plan.context.format !== 'json') return asText(plan);
  const done = await carryOut(plan);
  const { checks, summary, stale } = await after(plan, done);
  const status = statusOf(
    plan,
    checks.flatMap(({ findings }) => findings),
    done,
  );
  const changes = done.map(({ change, backup, failure }) => ({
    checks: change.checks,
    file: change.file,
    change: change.kind,
    difference: differenceOf(change),
    done: failure === undefined,
    ...(backup === undefined ? {} : { backup }),
    ...(failure === undefined ? {} : { reason: failure.message }),
  }));
  return { data: { ok: status === exitStatus.ok, changes, checks, summary, stale }, status };
}

function asText(plan: Fix): Outcome {
  let status: number | undefined;
  async function* lines(style: Style, width: number): AsyncGenerator<string> {
    for (const change of plan.changes) yield coloured(differenceOf(change), style);
    if (plan.changes.length === 0) yield 'There is nothing that --fix can mend.\n';
    const done = await carryOut(plan);
    for (const one of done) yield wordsOf(one, style);
    if (done.length > 0) yield '';
    const diagnosis = await after(plan, done);
    yield reportText(diagnosis, { ...plan.report, style, width }).trimEnd();
    status = statusOf(
      plan,
      diagnosis.checks.flatMap(({ findings }) => findings),
      done,
    );
  }
  return {
    lines,
    get status() {
      return status;
    },
  };
}

/** @returns nothing when the user would rather not */
async function carryOut({ changes, yes, context }: Fix): Promise<Done[]> {
  if (changes.length === 0) return [];
  if (
    !(await context.confirm(
      `make ${changes.length === 1 ? 'this change' : `these ${changes.length} changes`}`,
      yes,
    ))
  )
    return [];
  const done: Done[] = [];
  for (const change of changes) {
    if (context.signal.aborted) break;
    try {
      done.push({ change, ...(await applyChange(change, context.host.now())) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      done.push({ change, failure: error });
    }
  }
  return done;
}

/** How things stand once `done` is done. */
function after({ diagnosis, again }: Fix, done: readonly Done[]): Diagnosis | Promise<Diagnosis> {
  return done.length === 0 ? diagnosis : again();
}

function statusOf({ failOn }: Fix, findings: readonly Finding[], done: readonly Done[]): number {
  if (done.some(({ failure }) => failure !== undefined)) return exitStatus.environment;
  return findings.some((finding) => reaches(finding, failOn)) ? exitStatus.findings : exitStatus.ok;
}

/** A unified diff without secrets, or a line. */
function differenceOf(change: Change): string {
  switch (change.kind) {
    case 'rewrite':
      return maskedDiff(change.file, change.before, change.after).trimEnd();
    case 'mode':
      return `chmod ${change.to.toString(8)} ${change.file}  # it is ${change.from.toString(8)}`;
    case 'remove':
      return `rm ${change.file}`;
  }
}

function coloured(difference: string, style: Style): string {
  const lines = difference.split('\n').map((line) => {
    if (/^(---|\+\+\+) /.test(line)) return style.bold(line);
    if (line.startsWith('+')) return style.ok(line);
    return line.startsWith('-') ? style.error(line) : line;
  });
  return `${lines.join('\n')}\n`;
}

function wordsOf({ change, backup, failure }: Done, style: Style): string {
  if (failure)
    return `${style.error('failed')}  ${failure.message}\n        ${style.dim('→')} ${failure.hint}`;
  const kept = backup === undefined ? '' : style.dim(`; ${backup} is what was in it`);
  return `${style.ok('mended')}  ${change.file}${kept}`;
}
