/** A diagnosis for people: what to do first, then what is wrong, area by area. */
import type { Finding } from '../core/finding.ts';
import type { Style } from '../report/text/style.ts';
import { type Area, areas } from './check.ts';
import type { Diagnosis } from './index.ts';
import type { CheckResult } from './run.ts';

/** @param verbose list what passed and what was skipped too, and notes */
export function reportText({ checks, summary }: Diagnosis, style: Style, verbose: boolean): string {
  const worst = firstToMend(checks);
  const parts = [
    ...(worst
      ? [`${style.bold('Do this first')}  ${worst.hint}\n${pad('')}${style.dim(worst.message)}\n`]
      : []),
    ...(Object.keys(areas) as Area[]).map((area) => {
      const rows = checks
        .filter((check) => check.area === area)
        .flatMap((check) => linesOf(check, style, verbose));
      return rows.length === 0 ? '' : `${style.bold(areas[area])}\n${rows.join('\n')}\n`;
    }),
    closing(checks, summary, style),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Checks stand in the order in which things have to work: errors first, then warnings. */
function firstToMend(checks: readonly CheckResult[]): Finding | undefined {
  for (const severity of ['error', 'warning'] as const) {
    for (const { findings } of checks) {
      const found = findings.find((finding) => finding.severity === severity);
      if (found) return found;
    }
  }
  return undefined;
}

function linesOf(check: CheckResult, style: Style, verbose: boolean): string[] {
  const shown = check.findings.filter(({ severity }) => verbose || severity !== 'info');
  if (shown.length > 0) return shown.map((finding) => findingLines(finding, style));
  if (!verbose) return [];
  const why = check.reason === undefined ? '' : style.dim(`: ${check.reason}`);
  const label = check.status === 'skip' ? style.dim('skipped') : style.ok('ok     ');
  return [`  ${label} ${check.title} ${style.dim(`[${check.id}]`)}${why}`];
}

const labels = { error: 'error  ', warning: 'warning', info: 'note   ' };

function findingLines(finding: Finding, style: Style): string {
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const head = `  ${style[finding.severity](labels[finding.severity])} ${finding.message} ${style.dim(`[${finding.id}]`)}`;
  const lines = [head];
  if (place !== '') lines.push(`${pad('')}${style.dim(place)}`);
  if (finding.hint) lines.push(`${pad('')}${style.dim('→')} ${finding.hint}`);
  return lines.join('\n');
}

function closing(checks: readonly CheckResult[], summary: Diagnosis['summary'], style: Style): string {
  const findings = checks.flatMap((check) => check.findings);
  const count = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, notes] = [count('error'), count('warning'), count('info')];
  const ran = checks.length - summary.skip;
  const said = [
    errors > 0 ? style.error(plural(errors, 'error')) : '',
    warnings > 0 ? style.warning(plural(warnings, 'warning')) : '',
    errors + warnings === 0 ? style.ok('nothing wrong') : '',
    notes > 0 ? plural(notes, 'note') : '',
    summary.accepted > 0 ? `${summary.accepted} accepted by the baseline` : '',
  ].filter((part) => part !== '');
  const skipped = summary.skip === 0 ? '' : `, ${summary.skip} skipped`;
  return `${said.join(', ')} ${style.dim(`(${plural(ran, 'check')} ran${skipped}; -v lists them)`)}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function pad(text: string): string {
  return text.padEnd(10);
}
