/**
 * Writes the files that are made from the program itself, so that reference pages can't lie: `npm run generate`.
 * A test holds what is committed against what would be written.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generateValidator } from './generate-config.ts';
import { checksPage } from './pages/checks.ts';
import { configPage } from './pages/config.ts';
import { coveragePage } from './pages/coverage.ts';
import { errorsPage } from './pages/errors.ts';
import { metricsPage } from './pages/metrics.ts';
import { openApiDocument } from './pages/openapi.ts';

/** Every generated file: its path from the project's root, and what makes its content. */
export const generated: { path: string; make(): string | Promise<string> }[] = [
  { path: 'docs/checks.md', make: checksPage },
  { path: 'docs/coverage.md', make: coveragePage },
  { path: 'docs/errors.md', make: errorsPage },
  { path: 'docs/config.md', make: configPage },
  { path: 'docs/metrics.md', make: metricsPage },
  { path: 'schemas/openapi.json', make: openApiDocument },
  { path: 'src/config/validate.generated.js', make: generateValidator },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, make } of generated) {
    await writeFile(new URL(`../${path}`, import.meta.url), await make());
    process.stdout.write(`${path}\n`);
  }
}
