import type { Finding } from '../../core/finding.ts';
import type { Report } from '../types.ts';
import type { Style } from './style.ts';

/** One paragraph a finding, and a last line that counts. */
export function textReport(report: Report, style: Style): string {
  return report.findings.map((finding) => `${paragraph(finding, style)}\n`).join('');
}

function paragraph(finding: Finding, style: Style): string {
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const head = `${style[finding.severity](finding.severity)} ${finding.message} ${style.dim(`[${finding.id}]`)}`;
  const lines = [place === '' ? head : `${style.bold(place)} ${head}`];
  if (finding.hint) lines.push(`  ${style.dim('→')} ${finding.hint}`);
  return lines.join('\n');
}
