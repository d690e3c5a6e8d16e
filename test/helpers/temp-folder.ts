import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything the suites and the programs they start put into the system's folder for it is gone after the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-test-'));
  // Servers that run as another user go through it.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
