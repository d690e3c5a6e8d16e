import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunOptions, run } from '../helpers/run.ts';

const secret = 'a-secret-of-at-least-32-characters';
const source = `port: 7880
prometheus_port: 6789
keys:
  APIkey: ${secret}
`;

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bedrud-cli-migrate-'));
  writeFileSync(join(cwd, 'livekit.yaml'), source, { mode: 0o640 });
});
afterEach(() => rmSync(cwd, { recursive: true }));

function migrate(words: string, options: RunOptions = {}) {
  return run(['livekit', 'migrate', ...words.split(' ')], { cwd, ...options });
}

test('shows the difference, without secrets, and changes nothing', async () => {
  const ran = await migrate('livekit.yaml --to 1.13.5');
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain(
    '-prometheus_port: 6789\n+prometheus:\n+  port: 6789\n keys:\n   APIkey: ********\n',
  );
  expect(ran.stdout).not.toContain(secret);
  expect(ran.stderr).toContain('prometheus_port is deprecated: now prometheus.port');
  expect(readFileSync(join(cwd, 'livekit.yaml'), 'utf8')).toBe(source);
});

test('--write rewrites the file in place and keeps the old one', async () => {
  const ran = await migrate('livekit.yaml --to 1.13.5 --write');
  expect(ran).toMatchObject({ status: 0, stdout: '' });
  const file = join(cwd, 'livekit.yaml');
  expect(readFileSync(file, 'utf8')).toContain(`prometheus:\n  port: 6789\nkeys:\n  APIkey: ${secret}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o640);
  const [backup = ''] = readdirSync(cwd).filter((name) => name.endsWith('.bak'));
  expect(readFileSync(join(cwd, backup), 'utf8')).toBe(source);
});

test('--write leaves a file alone that needs nothing', async () => {
  const ran = await migrate('livekit.yaml --to 1.5.3 --write --json');
  expect(ran.status).toBe(0);
  expect(ran.json()).toMatchObject({ changed: false, backup: null, findings: [] });
  expect(readdirSync(cwd)).toEqual(['livekit.yaml']);
});

test('exits with 1 when something is left to decide', async () => {
  const ran = await migrate('- --to 1.13.5 --json', { stdin: 'prot: 7880\n' });
  expect(ran.status).toBe(1);
  expect(ran.json()).toMatchObject({
    file: '-',
    to: '1.13.5',
    from: null,
    changed: false,
    findings: [{ id: 'livekit/unknown-key', file: '-', line: 1 }],
  });
});

test.each(['livekit.yaml', 'livekit.yaml --to newest', '- --to 1.13.5 --write'])(
  '%s is a usage error',
  async (words) => {
    expect(await migrate(words)).toMatchObject({ status: 2, stdout: '' });
  },
);

test('a file that is not there ends with 3', async () => {
  const ran = await migrate('nothing.yaml --to 1.13.5');
  expect(ran.status).toBe(3);
  expect(ran.stderr).toContain('nothing.yaml: no such file');
});
