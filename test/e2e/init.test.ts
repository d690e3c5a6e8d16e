import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

test('the built program finds its template and its schema from any folder', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'bedrud-e2e-'));
  const bedrud = (...argv: string[]) =>
    promisify(execFile)(process.execPath, [program, ...argv], { cwd, env: { PATH: process.env['PATH'] } });
  await bedrud('init', '--yes');
  const { stdout } = await bedrud('config', 'validate', '--json');
  expect(JSON.parse(stdout)).toEqual({ ok: true, findings: [] });
  expect(JSON.parse((await bedrud('config', 'schema')).stdout).title).toBe("Bedrud's config.yaml");
});
