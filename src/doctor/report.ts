/** A diagnosis for people: what to do first, then what is wrong, area by area. */
import type { Finding } from '../core/finding.ts';
import { asSentence } from '../core/rule-info.ts';
import type { Style } from '../report/text/style.ts';
import { unlimited, wrap } from '../report/text/wrap.ts';
import { type Area, areas } from './check.ts';
import type { Diagnosis } from './index.ts';
import type { CheckResult } from './run.ts';

export interface ReportOptions {
  style: Style;
  /** Of the terminal, in columns. */
  width?: number;
  /** List what passed and what was skipped too, and notes. */
  verbose: boolean;
  /** Why each finding matters, by id. Absent: don't say. */
  whyOf?(id: string): string | undefined;
}

export function reportText({ checks, summary, stale }: Diagnosis, options: ReportOptions): string {
  const { style, width = unlimited } = options;
  const parts = [
    firstStep(checks, style, width),
    ...(Object.keys(areas) as Area[]).map((area) => {
      const rows = checks.filter((check) => check.area === area).flatMap((check) => linesOf(check, options));
      return rows.length === 0 ? '' : `${style.bold(areas[area])}\n${rows.join('\n')}\n`;
    }),
    stale.length === 0 ? '' : `${staleLines(stale, style)}\n`,
    closing(checks, summary, style),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Checks stand in the order in which things have to work: errors first, then warnings. */
export function firstToMend(checks: readonly CheckResult[]): Finding | undefined {
  const findings = checks.flatMap((check) => check.findings);
  return (
    findings.find(({ severity }) => severity === 'error') ??
    findings.find(({ severity }) => severity === 'warning')
  );
}

/** Where several things are wrong, the one to begin with; a single one needs no order. */
function firstStep(checks: readonly CheckResult[], style: Style, width: number): string {
  const wrong = checks.flatMap(({ findings }) => findings).filter(({ severity }) => severity !== 'info');
  const first = firstToMend(checks);
  if (first === undefined || wrong.length < 2) return '';
  const step = wrap(first.hint ?? first.message, width - label.length);
  const why = wrap(first.message, width - indent.length).map((line) => `${indent}${style.dim(line)}`);
  return `${style.bold(label.trimEnd())}  ${step.join(`\n${' '.repeat(label.length)}`)}\n${why.join('\n')}\n`;
}

const label = 'Do this first  ';
const indent = ' '.repeat(10);

function linesOf(check: CheckResult, options: ReportOptions): string[] {
  const { style, verbose } = options;
  const shown = check.findings.filter(({ severity }) => verbose || severity !== 'info');
  if (shown.length > 0) return shown.map((finding) => findingLines(finding, options));
  if (!verbose) return [];
  const why = check.reason === undefined ? '' : style.dim(`: ${check.reason}`);
  const said = check.status === 'skip' ? style.dim('skipped') : style.ok('ok     ');
  return [`  ${said} ${check.title} ${style.dim(`[${check.id}]`)}${why}`];
}

const labels = { error: 'error  ', warning: 'warning', info: 'note   ' };

function findingLines(finding: Finding, { style, width = unlimited, whyOf }: ReportOptions): string {
  const { id, severity, message, hint } = finding;
  const room = width - indent.length;
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const [head = '', ...rest] = wrap(`${message} [${id}]`, room);
  const dimId = (line: string) => line.replace(`[${id}]`, style.dim(`[${id}]`));
  const why = whyOf?.(id);
  return [
    `  ${style[severity](labels[severity])} ${dimId(head)}`,
    ...rest.map((line) => `${indent}${dimId(line)}`),
    ...(place === '' ? [] : [`${indent}${style.dim(place)}`]),
    ...(why === undefined ? [] : wrap(asSentence(why), room).map((line) => `${indent}${style.dim(line)}`)),
    ...(hint
      ? wrap(hint, room - 2).map((line, i) => `${indent}${i === 0 ? style.dim('→') : ' '} ${line}`)
      : []),
  ].join('\n');
}

/** What one look found that the one before had not, and the other way round. */
export interface Change {
  time: Date;
  appeared: Finding[];
  mended: Finding[];
}

/** A change, and how things stand now. */
export function changeText(
  { time, appeared, mended }: Change,
  { checks, summary }: Diagnosis,
  { style, width }: { style: Style; width: number },
): string {
  const gone = mended.map(({ id, message }) => {
    const [head = '', ...rest] = wrap(`${message} [${id}]`, width - indent.length);
    return [`  ${style.ok('mended ')} ${head}`, ...rest.map((line) => `${indent}${line}`)].join('\n');
  });
  const come = appeared.map((finding) => findingLines(finding, { style, width, verbose: false }));
  const lines = [
    style.bold(time.toTimeString().slice(0, 8)),
    ...gone,
    ...come,
    closing(checks, summary, style),
  ];
  return lines.join('\n');
}

function staleLines(stale: Diagnosis['stale'], style: Style): string {
  const lines = stale.map(
    ({ id, message }) => `  ${style.dim('gone   ')} ${message} ${style.dim(`[${id}]`)}`,
  );
  return `${style.bold('Accepted by the baseline, and found no more')}\n${lines.join('\n')}
${indent}${style.dim('→')} --update-baseline takes them out`;
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

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
