/** SARIF 2.1.0, which code hosts show beside the lines. */
import type { Finding } from '../core/finding.ts';
import { redact } from '../core/redact.ts';
import type { Report } from './types.ts';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

export function sarifReport(report: Report): string {
  const known = new Map(report.rules.map((rule) => [rule.id, rule]));
  const ids = [...new Set([...known.keys(), ...report.findings.map(({ id }) => id)])].sort();
  const document = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bedrud',
            semanticVersion: report.version,
            rules: ids.map((id) => {
              const rule = known.get(id);
              if (rule === undefined) return { id };
              return {
                id,
                shortDescription: { text: rule.title },
                fullDescription: { text: rule.why },
                help: { text: rule.fix },
                defaultConfiguration: { level: levels[rule.severity] },
                ...(isUrl(rule.docs) ? { helpUri: rule.docs } : {}),
              };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        artifacts: report.subjects.map((subject) => ({ location: { uri: uriOf(subject) } })),
        results: report.findings.map((finding) => result(finding, ids.indexOf(finding.id))),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function result(finding: Finding, ruleIndex: number) {
  const text = finding.hint === undefined ? finding.message : `${finding.message}\n${finding.hint}`;
  return {
    ruleId: finding.id,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: redact(text) },
    ...(finding.file === undefined ? {} : { locations: [location(finding, finding.file)] }),
  };
}

function location(finding: Finding, file: string) {
  const { line: startLine, column: startColumn } = finding;
  const region = {
    ...(startLine ? { startLine } : {}),
    ...(startLine && startColumn ? { startColumn } : {}),
  };
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(startLine ? { region } : {}),
    },
  };
}

/** A relative path as a URI reference, an absolute one as a file URL. */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${path}` : path;
}

const isUrl = (text: string | undefined): boolean => text !== undefined && /^https?:\/\//.test(text);
