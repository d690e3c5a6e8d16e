/** Runs checks side by side and turns what they say into results. */
import { setMaxListeners } from 'node:events';
import { formatDuration } from '../core/duration.ts';
import { reasonOf } from '../core/errors.ts';
import { type Finding, sortFindings } from '../core/finding.ts';
import { redact } from '../core/redact.ts';
import { type Area, type Check, docsOf, type Observation } from './check.ts';
import { type FactSource, gatherFacts, Missing } from './facts/gather.ts';
import type { Facts, Gatherers, Question } from './facts/index.ts';

export type Status = 'pass' | 'warn' | 'fail' | 'skip';

export interface CheckResult {
  id: string;
  title: string;
  area: Area;
  status: Status;
  /** Why it was skipped. */
  reason?: string;
  /** From the start of the run until its answer; waiting for facts that others wait for too included. */
  ms: number;
  findings: Finding[];
}

export interface RunOptions {
  question: Question;
  gatherers: Gatherers;
  /** For the whole run, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

/** Does `body` with a source of facts that dries up at its end, or at the end of the time it has. */
export async function withFacts<T>(
  options: RunOptions,
  body: (source: FactSource) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  // One listener a fact, all at once.
  setMaxListeners(0, ended.signal);
  const expire = () =>
    ended.abort(new Missing(`not known within ${formatDuration(options.timeoutMs)} (--timeout)`));
  const timer = setTimeout(expire, options.timeoutMs);
  const interrupt = () => ended.abort(new Missing('interrupted'));
  options.signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await body(gatherFacts(options.gatherers, options.question, ended.signal));
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', interrupt);
    // What is still under way, of facts that came too late, has nobody to tell.
    ended.abort(new Missing('the run is over'));
  }
}

/** Runs `checks` side by side. @returns a result for each, in their order */
export function runChecks(checks: readonly Check[], source: FactSource): Promise<CheckResult[]> {
  const began = performance.now();
  return Promise.all(checks.map((check) => runCheck(check, source, began)));
}

async function runCheck(check: Check, source: FactSource, began: number): Promise<CheckResult> {
  const { id, title, area } = check;
  const result = (status: Status, findings: Finding[], reason?: string): CheckResult => ({
    id,
    title,
    area,
    status,
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    ms: Math.round(performance.now() - began),
    findings,
  });
  try {
    const known = await Promise.all(check.needs.map(async (name) => [name, await source.fact(name)]));
    // Each name came with its own fact, which is what the check's type asks for.
    const findings = check.run(Object.fromEntries(known) as Facts).map((seen) => findingOf(check, seen));
    return result(statusOf(findings), sortFindings(findings));
  } catch (error) {
    if (error instanceof Missing) return result('skip', [], error.message);
    return result('fail', [brokenCheck(id, error)]);
  }
}

function findingOf(check: Check, { id = check.id, severity, message, hint, ...place }: Observation): Finding {
  return {
    id,
    severity: severity ?? check.severity,
    message: redact(message),
    hint: redact(hint ?? check.fix),
    ...place,
    // What a check passes on under other ids has its page elsewhere.
    ...(id === check.id ? { docs: docsOf(id) } : {}),
  };
}

/** The worst of the findings decides. */
export function statusOf(findings: readonly Finding[]): Exclude<Status, 'skip'> {
  if (findings.some(({ severity }) => severity === 'error')) return 'fail';
  return findings.some(({ severity }) => severity === 'warning') ? 'warn' : 'pass';
}

function brokenCheck(id: string, error: unknown): Finding {
  return {
    id: 'doctor/broken-check',
    severity: 'error',
    message: redact(`the check ${id} itself failed: ${reasonOf(error)}`),
    hint: `this is a bug in bedrud: report it, and go on with --skip ${id}`,
  };
}
