/** JUnit XML: a suite a subject, a case a finding; a subject without one has a case that passed. */
import type { Finding } from '../core/finding.ts';
import { redact } from '../core/redact.ts';
import type { Report } from './types.ts';

export function junitReport(report: Report): string {
  const bySubject = new Map<string, Finding[]>(report.subjects.map((subject) => [subject, []]));
  for (const finding of report.findings) {
    const subject = finding.file ?? finding.id;
    const findings = bySubject.get(subject);
    if (findings) findings.push(finding);
    else bySubject.set(subject, [finding]);
  }
  const suites = [...bySubject].map(([subject, findings]) => suite(subject, findings));
  const tests = [...bySubject.values()].reduce((sum, findings) => sum + Math.max(findings.length, 1), 0);
  const failures = report.findings.filter(({ severity }) => severity === 'error').length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bedrud" tests="${tests}" failures="${failures}" errors="0">
${suites.join('\n')}
</testsuites>
`;
}

function suite(subject: string, findings: readonly Finding[]): string {
  const failures = findings.filter(({ severity }) => severity === 'error').length;
  const cases =
    findings.length === 0
      ? [`    <testcase classname="${xml(subject)}" name="no findings"/>`]
      : findings.map((finding) => testCase(subject, finding));
  return `  <testsuite name="${xml(subject)}" tests="${cases.length}" failures="${failures}" errors="0">
${cases.join('\n')}
  </testsuite>`;
}

/** Errors are failures; warnings and notes pass, with what they say as output. */
function testCase(subject: string, finding: Finding): string {
  const { id, severity, hint, line, column } = finding;
  const message = redact(finding.message);
  const place = [subject, line, column].filter((part) => part !== undefined).join(':');
  const text = xml(`${place} ${severity}: ${message}${hint === undefined ? '' : `\n${redact(hint)}`}`);
  const body =
    severity === 'error'
      ? `<failure type="${xml(id)}" message="${xml(message)}">${text}</failure>`
      : `<system-out>${text}</system-out>`;
  return `    <testcase classname="${xml(subject)}" name="${xml(`${id} ${line ?? ''}`.trim())}">${body}</testcase>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function xml(text: string): string {
  // Control characters can't stand in XML 1.0, not even escaped.
  const clean = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
  return clean.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
