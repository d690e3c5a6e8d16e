import type { Finding } from '../../core/finding.ts';
import { redact } from '../../core/redact.ts';
import type { Report } from '../types.ts';
import type { Style } from './style.ts';

/** One paragraph a finding, with the line it is about, and a last line that counts when there are several. */
export function textReport(report: Report, style: Style): string {
  const lines = new Map([...report.sources].map(([file, text]) => [file, text.split(/\r\n|[\n\r]/)]));
  const paragraphs = report.findings.map((finding) => {
    const line = finding.file === undefined ? undefined : lines.get(finding.file)?.[(finding.line ?? 0) - 1];
    return `${paragraph(finding, line, style)}\n`;
  });
  return paragraphs.join('') + summary(report.findings, style);
}

function paragraph(finding: Finding, line: string | undefined, style: Style): string {
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const head = `${style[finding.severity](finding.severity)} ${redact(finding.message)} ${style.dim(`[${finding.id}]`)}`;
  const lines = [place === '' ? head : `${style.bold(place)} ${head}`];
  if (line !== undefined && line.trim() !== '') lines.push(...excerpt(finding, line, style));
  if (finding.hint) lines.push(`  ${style.dim('→')} ${redact(finding.hint)}`);
  return lines.join('\n');
}

/** Of a long line, as much as is shown on each side of the place. */
const context = 60;

function excerpt(finding: Finding, line: string, style: Style): string[] {
  const clean = redact(line);
  // Where something was taken out before it, the caret would point beside the place.
  const column =
    clean === line ? (finding.column ?? 1) - 1 : redact(line.slice(0, (finding.column ?? 1) - 1)).length;
  const from = Math.max(0, column - context);
  const shown = clean.slice(from, column + context).replace(/[\x00-\x1f\x7f]/g, ' ');
  const number = String(finding.line);
  const gutter = (text: string) => style.dim(`  ${text.padStart(number.length)} |`);
  const before = from > 0 ? '…' : '';
  const after = column + context < clean.length ? '…' : '';
  const caret = ' '.repeat(before.length + Math.min(column - from, shown.length));
  return [
    `${gutter(number)} ${before}${shown}${after}`,
    `${gutter('')} ${caret}${style[finding.severity]('^')}`,
  ];
}

function summary(findings: readonly Finding[], style: Style): string {
  if (findings.length < 2) return '';
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    if (count === 0) return [];
    const noun = severity === 'info' ? 'note' : severity;
    return [style[severity](`${count} ${noun}${count === 1 ? '' : 's'}`)];
  });
  return `${counts.join(', ')}\n`;
}
