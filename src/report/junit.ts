/**
 * JUnit XML: a suite a subject, a case a finding; a subject without one has a case that passed. There is no one
 * JUnit format: what is written here is valid by Ant's schema and by the laxer one of Jenkins, hence attributes and
 * elements that say little.
 */
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
  const suites = [...bySubject].map(([subject, findings], index) => suite(subject, findings, index, report));
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
${suites.join('\n')}
</testsuites>
`;
}

function suite(
  subject: string,
  findings: readonly Finding[],
  index: number,
  { now, version }: Report,
): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const others = findings.filter(({ severity }) => severity !== 'error');
  const cases = findings.length === 0 ? [testCase(subject, 'no findings')] : findings.map(caseOf(subject));
  const name = xml(subject);
  const counts = `tests="${cases.length}" failures="${errors.length}" errors="0"`;
  const run = `hostname="localhost" timestamp="${now.toISOString().slice(0, 19)}" time="0"`;
  return `  <testsuite name="${name}" package="bedrud" id="${index}" ${counts} ${run}>
    <properties>
      <property name="bedrud" value="${xml(version)}"/>
    </properties>
${cases.join('\n')}
    <system-out>${others.map((finding) => describe(subject, finding)).join('\n')}</system-out>
    <system-err/>
  </testsuite>`;
}

/** Errors are failures; warnings and notes pass, and the suite's output says what they are. */
function caseOf(subject: string): (finding: Finding) => string {
  return (finding) => {
    const { id, severity, message, line, column } = finding;
    const place = [line, column].filter((part) => part !== undefined).join(':');
    const body =
      severity === 'error'
        ? `<failure type="${xml(id)}" message="${xml(redact(message))}">${describe(subject, finding)}</failure>`
        : '';
    return testCase(subject, `${id} ${place}`.trim(), body);
  };
}

function testCase(subject: string, name: string, body = ''): string {
  const attributes = `classname="${xml(subject)}" name="${xml(name)}" time="0"`;
  return `    <testcase ${attributes}${body === '' ? '/>' : `>${body}</testcase>`}`;
}

function describe(subject: string, { severity, message, hint, line, column }: Finding): string {
  const place = [subject, line, column].filter((part) => part !== undefined).join(':');
  return xml(redact(`${place} ${severity}: ${message}${hint === undefined ? '' : `\n${hint}`}`));
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function xml(text: string): string {
  // Control characters and halves of pairs can't stand in XML 1.0, not even escaped.
  const clean = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, '\ufffd');
  return clean.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
