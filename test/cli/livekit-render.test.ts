import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunOptions, run } from '../helpers/run.ts';

const secret = 'a-secret-of-at-least-32-characters';
const basis = `server:
  host: 192.0.2.9
livekit:
  apiKey: APIkey
  apiSecret: ${secret}
`;

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bedrud-cli-render-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Without any livekit-server on PATH unless the test puts one there. */
function bedrud(words: string, config = basis, options: RunOptions = {}) {
  writeFileSync(join(cwd, 'config.yaml'), config);
  return run(['livekit', ...words.split(' ')], {
    cwd,
    ...options,
    env: { PATH: '', BEDRUD_CACHE_DIR: cwd, ...options.env },
  });
}

/** A program that calls itself livekit-server `version`. */
function fakeBinary(version: string): string {
  mkdirSync(join(cwd, 'bin'), { recursive: true });
  const file = join(cwd, 'bin', 'livekit-server');
  writeFileSync(file, `#!/bin/sh\necho livekit-server version ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('render-config', () => {
  test('says when it does not know the release', async () => {
    const ran = await bedrud('render-config', `${basis}  version: 1.99.0\n`);
    expect(ran.stderr).toContain('1.99.0 (from livekit.version)');
    expect(ran.stderr).toContain('[version/unknown]');
  });

  test('prints YAML on stdout and nothing but findings on stderr', async () => {
    const ran = await bedrud('render-config --for 1.13.5');
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^# LiveKit configuration for livekit-server 1\.13\.5/);
    expect(ran.stdout).toContain(`keys:\n  APIkey: ${secret}\n`);
    expect(ran.stdout).toContain('node_ip: 192.0.2.9');
  });

  test('--json is the tree and the findings, with their place in config.yaml', async () => {
    const ran = await bedrud(
      'render-config --for 1.12.0 --json',
      `${basis}  tls:\n    certFile: a\n    keyFile: b\n`,
    );
    expect(ran.status).toBe(1);
    expect(ran.json().config).toMatchObject({ port: 7880, keys: { APIkey: secret } });
    expect(ran.json().findings).toMatchObject([
      { id: 'livekit/tls-removed', severity: 'error', file: 'config.yaml', pointer: '/livekit/tls' },
    ]);
  });

  test('lints what it made: a release that should not be used', async () => {
    const ran = await bedrud('render-config --for 1.9.10');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('[version/known-bad]');
  });

  test.each([
    { words: 'render-config --for 1.9.0', config: basis, version: '1.9.0' },
    { words: 'render-config --for v1.11', config: basis, version: '1.11.0' },
    { words: 'render-config', config: `${basis}  version: 1.10.1\n`, version: '1.10.1' },
    { words: 'render-config', config: basis, version: '1.8.4' },
  ])('renders for $version', async ({ words, config, version }) => {
    const ran = await bedrud(words, config, { env: { LIVEKIT_SERVER_BIN: fakeBinary('1.8.4') } });
    expect(ran.stdout.split('\n')[0]).toContain(` livekit-server ${version},`);
  });

  test('renders for the pinned release where there is no binary, or none that runs', async () => {
    expect((await bedrud('render-config')).stdout).toContain('livekit-server 1.13.5,');
    const broken = await bedrud('render-config', basis, { env: { LIVEKIT_SERVER_BIN: join(cwd, 'gone') } });
    expect(broken.status).toBe(0);
    expect(broken.stdout).toContain('livekit-server 1.13.5,');
    expect(broken.stderr).toContain('[sfu/binary-missing]');
  });

  test('says when it goes by the nearest release it knows', async () => {
    const ran = await bedrud('render-config --for 2.0.0');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('[version/unknown]');
  });

  test.each(['render-config --for latest', 'render-config --out a --diff b'])(
    '%s is a usage error',
    async (words) => {
      expect(await bedrud(words)).toMatchObject({ status: 2, stdout: '' });
    },
  );

  test('a configuration that cannot be rendered ends with 3', async () => {
    const ran = await bedrud('render-config', `${basis}  port: many\n`);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr).toContain('livekit.port');
  });

  test('--out writes for the owner only, over a file that was open to all', async () => {
    const file = join(cwd, 'livekit.yaml');
    writeFileSync(file, 'old', { mode: 0o644 });
    const ran = await bedrud('render-config --for 1.13.5 --out livekit.yaml');
    expect(ran).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toContain(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('--out into a folder that is not there fails and leaves nothing', async () => {
    const ran = await bedrud('render-config --out nowhere/livekit.yaml');
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('nowhere/livekit.yaml: cannot be written');
  });

  test('--diff is empty for what it would write', async () => {
    await bedrud('render-config --for 1.13.5 --out livekit.yaml');
    expect(await bedrud('render-config --for 1.13.5 --diff livekit.yaml')).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  test('--diff shows what changes and no secret, old or new', async () => {
    const old = 'another-secret-of-32-characters-or-so';
    await bedrud('render-config --for 1.13.5 --out livekit.yaml');
    const file = join(cwd, 'livekit.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(secret, old).replace('port: 7880', 'port: 7881'));
    const ran = await bedrud('render-config --for 1.13.5 --diff livekit.yaml');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/^--- /);
    expect(ran.stdout).toContain('\n-port: 7881\n+port: 7880\n');
    expect(ran.stdout).toContain('-  APIkey: ********\n+  APIkey: ********');
    expect(ran.stdout).not.toContain(secret);
    expect(ran.stdout).not.toContain(old);
  });

  test.each([
    `keys: {APIkey: ${'x'.repeat(32)}, other: "${'y'.repeat(32)}"}\n`,
    `"keys":\n    # mine\n    'APIkey': "${'x'.repeat(32)}"\nport: 1\n`,
    `keys:\n  APIkey:   ${'x'.repeat(32)}   # for now\r\n`,
  ])('--diff masks the keys of %j', async (text) => {
    writeFileSync(join(cwd, 'livekit.yaml'), text);
    const ran = await bedrud('render-config --for 1.13.5 --diff livekit.yaml');
    expect(ran.status).toBe(1);
    expect(ran.stdout).not.toMatch(/xxx|yyy/);
    expect(ran.stdout).not.toContain(secret);
  });
});

describe('ports', () => {
  test('lists what the rendered file opens', async () => {
    const ran = await bedrud(
      'ports --json',
      `${basis}  rtc:\n    udpPort: 7882\n  turn:\n    enabled: true\n`,
    );
    expect(ran.status).toBe(0);
    expect(ran.json().ports).toMatchObject([
      { protocol: 'tcp', from: 8090, to: 8090 },
      { protocol: 'tcp', from: 7880, to: 7880 },
      { protocol: 'tcp', from: 7881, to: 7881 },
      { protocol: 'udp', from: 7882, to: 7882, purpose: 'media' },
      { protocol: 'udp', from: 3478, to: 3478 },
      { protocol: 'udp', from: 30000, to: 40000, reachedBy: 'local' },
    ]);
  });

  test('as a table', async () => {
    const ran = await bedrud('ports');
    expect(ran.stdout).toMatch(/^PORT +PROTOCOL +REACHED +FOR\n/);
    expect(ran.stdout).toMatch(/\n50000-60000 +udp +from clients +media\n/);
  });
});

describe('version', () => {
  test('names the binary and what bedrud works for', async () => {
    const path = fakeBinary('1.9.12');
    const ran = await bedrud('version --json', basis, { env: { LIVEKIT_SERVER_BIN: path } });
    expect(ran.status).toBe(0);
    expect(ran.json()).toMatchObject({
      binary: { path, source: 'LIVEKIT_SERVER_BIN', version: '1.9.12' },
      target: { version: '1.9.12', from: 'the binary' },
      pinned: '1.13.5',
    });
  });

  test('says that there is none', async () => {
    const ran = await bedrud('version');
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('no livekit-server');
  });

  test('a binary that cannot run is a finding', async () => {
    const ran = await bedrud('version --json', basis, { env: { LIVEKIT_SERVER_BIN: join(cwd, 'gone') } });
    expect(ran.status).toBe(1);
    expect(ran.json()).toMatchObject({ binary: null, findings: [{ id: 'sfu/binary-missing' }] });
  });
});
