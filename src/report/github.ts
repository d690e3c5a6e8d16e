/** Annotations, as GitHub Actions reads them off a job's output. */
import type { Finding } from '../core/finding.ts';
import { redact } from '../core/redact.ts';
import type { Report } from './types.ts';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const;

export function githubReport(report: Report): string {
  return report.findings.map((finding) => `${annotation(finding)}\n`).join('');
}

function annotation({ id, severity, message, hint, file, line, column }: Finding): string {
  const properties = Object.entries({ file, line, col: column, title: id })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${property(String(value))}`)
    .join(',');
  const text = redact(hint === undefined ? message : `${message}\n${hint}`);
  return `::${commands[severity]} ${properties}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
