/** Findings → a document. Pure functions: what they print depends on their arguments, and on the secrets remembered. */
import { githubReport } from './github.ts';
import { junitReport } from './junit.ts';
import { sarifReport } from './sarif.ts';
import { textReport } from './text/report.ts';
import type { Style } from './text/style.ts';
import type { Report } from './types.ts';

export type ReportFormat = 'text' | 'sarif' | 'junit' | 'github';

/** `report` as a document of `format`, ending in a newline unless it is empty. `style` matters to text only. */
export function renderFindings(format: ReportFormat, report: Report, style: Style): string {
  switch (format) {
    case 'text':
      return textReport(report, style);
    case 'sarif':
      return sarifReport(report);
    case 'junit':
      return junitReport(report);
    case 'github':
      return githubReport(report);
  }
}
