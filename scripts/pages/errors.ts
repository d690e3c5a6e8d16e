import { errorTable } from '../../src/core/errors.ts';
import { table } from './markdown.ts';

/** docs/errors.md, from the table in src/core/failures/. */
export function errorsPage(): string {
  const rows = errorTable()
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { exit, http, message, hint }]) => [`\`${code}\``, exit, http, message, hint]);
  return `# Errors

<!-- Made by npm run generate from src/core/failures/. -->

What bedrud cannot carry out ends with one of these, on stderr for people and as \`{"error":{"code","message","hint"}}\` on
stdout with \`--format json\`. Codes are never renamed or reused. Words in braces stand for the details of the case.

Exit statuses:

| status | meaning |
| --- | --- |
| 0 | done; findings, if any, are below \`--fail-on\` |
| 1 | findings at or above \`--fail-on\`, or some of several things asked for failed |
| 2 | the command line is wrong |
| 3 | the environment, the configuration or the other side failed |
| 70 | a bug in bedrud |
| 128 + n | ended by signal n: 130 for SIGINT (Ctrl-C), 143 for SIGTERM |

${table(['code', 'exit', 'HTTP', 'message', 'next step'], rows)}`;
}
