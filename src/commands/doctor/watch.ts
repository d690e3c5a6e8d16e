/** `bedrud doctor --watch`: looks again and again, and says what changed. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { exitStatus, Failure } from '../../core/errors.ts';
import { type Finding, reaches, type Severity } from '../../core/finding.ts';
import { emptyBaseline, fingerprint } from '../../doctor/baseline.ts';
import { type Diagnosis, diagnosisOf, examine, type Question } from '../../doctor/index.ts';
import { type Change, changeText, type ReportOptions, reportText } from '../../doctor/report.ts';
import type { Style } from '../../report/text/style.ts';

export interface Watch {
  /** Reads everything anew. */
  question(): Promise<Question>;
  /** A change of one of them is looked at, at once. */
  files: readonly string[];
  options: { only: readonly string[]; skip: readonly string[]; timeoutMs: number };
  report: Pick<ReportOptions, 'verbose' | 'whyOf'>;
  failOn: Severity | 'never';
  intervalMs: number;
  context: Context;
}

/** How often the files are asked whether they have changed. In milliseconds. */
const glanceMs = 500;

/** @returns lines without an end; the exit status is that of the last look */
export async function watch(plan: Watch): Promise<Outcome> {
  const { context } = plan;
  // A wrong command line or a file that isn't there ends it; later on they are waited for.
  const first = await plan.question();
  let status: number | undefined;
  const look = async (question: Question): Promise<Diagnosis> => {
    const { only, skip, timeoutMs } = plan.options;
    const examined = await examine({
      question,
      only,
      skip,
      describe: false,
      timeoutMs,
      signal: context.signal,
    });
    const diagnosis = diagnosisOf(examined, emptyBaseline);
    const failed = findingsOf(diagnosis).some((finding) => reaches(finding, plan.failOn));
    // What an interrupted look missed says nothing.
    if (!context.signal.aborted) status = failed ? exitStatus.findings : exitStatus.ok;
    return diagnosis;
  };
  return {
    lines: (style, width) => lines(plan, first, look, { style, width }),
    get status() {
      return status;
    },
  };
}

async function* lines(
  plan: Watch,
  first: Question,
  look: (question: Question) => Promise<Diagnosis>,
  page: { style: Style; width: number },
): AsyncGenerator<string> {
  const { context } = plan;
  const files = [first.config.file, ...plan.files].flatMap((file) =>
    file === undefined ? [] : [resolve(context.cwd, file)],
  );
  let seen = await stampOf(files);
  let before = await look(first);
  if (context.signal.aborted) return;
  yield context.format === 'json'
    ? json({ time: context.host.now(), appeared: findingsOf(before), mended: [] }, before)
    : reportText(before, { ...page, ...plan.report }).trimEnd();
  context.notice(`looking again every ${plan.intervalMs / 1000} s and when a file changes; Ctrl-C ends it`);
  let problem: string | undefined;
  while (await untilNextLook(files, seen, plan)) {
    seen = await stampOf(files);
    const question = await plan.question().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      if (error.message !== problem) context.warn(error.message);
      problem = error.message;
      return undefined;
    });
    if (question === undefined) continue;
    problem = undefined;
    const now = await look(question);
    if (context.signal.aborted) return;
    const change = changeBetween(before, now, context.host.now());
    before = now;
    if (change.appeared.length + change.mended.length === 0) continue;
    yield context.format === 'json' ? json(change, now) : changeText(change, now, page).trimEnd();
  }
}

/** @returns false when the user has interrupted */
async function untilNextLook(files: readonly string[], seen: string, plan: Watch): Promise<boolean> {
  const { signal } = plan.context;
  const until = performance.now() + plan.intervalMs;
  while (performance.now() < until) {
    const rest = Math.min(glanceMs, until - performance.now());
    await sleep(Math.max(rest, 1), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
    if ((await stampOf(files)) !== seen) return true;
  }
  return true;
}

/** Changes when one of the files does, or comes or goes. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map((file) =>
    stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'gone',
    ),
  );
  return (await Promise.all(stamps)).join();
}

function changeBetween(before: Diagnosis, now: Diagnosis, time: Date): Change {
  const [old, recent] = [before, now].map(
    (diagnosis) => new Map(findingsOf(diagnosis).map((finding) => [fingerprint(finding), finding])),
  ) as [Map<string, Finding>, Map<string, Finding>];
  return {
    time,
    appeared: [...recent].filter(([print]) => !old.has(print)).map(([, finding]) => finding),
    mended: [...old].filter(([print]) => !recent.has(print)).map(([, finding]) => finding),
  };
}

function findingsOf({ checks }: Diagnosis): Finding[] {
  return checks.flatMap(({ findings }) => findings);
}

function json({ time, appeared, mended }: Change, { summary }: Diagnosis): string {
  return JSON.stringify({ time: time.toISOString(), appeared, mended, summary });
}
