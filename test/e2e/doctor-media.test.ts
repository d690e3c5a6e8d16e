import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

test('--media without the media library says how to get it', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bedrud-alone-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const part of ['bin', 'dist', 'package.json']) {
    await cp(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(directory, part), {
      recursive: true,
    });
  }
  const ran = await new Promise<{ status: unknown; stderr: string }>((resolve) =>
    execFile(
      process.execPath,
      [join(directory, 'bin/bedrud.js'), 'doctor', '--media'],
      { cwd: directory, env: { PATH: process.env['PATH'], HOME: directory } },
      (error, _, stderr) => resolve({ status: error?.code, stderr }),
    ),
  );
  expect(ran).toEqual({
    status: 3,
    stderr: expect.stringContaining('npm install --global @livekit/rtc-node'),
  });
});
