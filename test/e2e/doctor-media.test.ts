import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import { key, secret } from '../doctor/recreate.ts';
import { externalAt } from '../doctor/servers.ts';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const patience = { timeout: 60_000 };

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bedrud-media-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** Runs `doctor --media` of the bedrud at `program`. */
function doctor(program: string, cwd: string, ...args: string[]) {
  const env = { PATH: process.env['PATH'], HOME: cwd };
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) =>
    execFile(
      process.execPath,
      [program, 'doctor', '--media', ...args],
      { cwd, env, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => resolve({ status: error === null ? 0 : error.code, stdout, stderr }),
    ),
  );
}

test('--media without the media library says how to get it', patience, async () => {
  const directory = await makeDirectory();
  for (const part of ['bin', 'dist', 'package.json']) {
    await cp(here(part), join(directory, part), { recursive: true });
  }
  expect(await doctor(join(directory, 'bin/bedrud.js'), directory)).toEqual({
    status: 3,
    stdout: '',
    stderr: expect.stringContaining('npm install --global @livekit/rtc-node'),
  });
});

test('a LiveKit that lets people in and passes no media on', patience, async () => {
  const emulator = await startEmulator({ port: 0, keys: { [key]: secret } });
  onTestFinished(() => emulator.close());
  const directory = await makeDirectory();
  await writeFile(join(directory, 'config.yaml'), externalAt(emulator.port)['config.yaml'] ?? '');
  const { status, stdout } = await doctor(here('bin/bedrud.js'), directory, '--json');
  const { checks } = JSON.parse(stdout) as Diagnosis;
  expect(checks.find(({ id }) => id === 'sfu/signal-unreachable')?.status).toBe('pass');
  expect(checks.find(({ id }) => id === 'media/udp-blocked')?.findings).toEqual([
    expect.objectContaining({
      severity: 'error',
      message: expect.stringMatching(/^no media over UDP from here .*; nor does it over TCP$/),
    }),
  ]);
  expect(status).toBe(1);
});
