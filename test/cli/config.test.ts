import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../helpers/run.ts';

const secret = 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E';
const good = `server:
  port: "8443"
  trustedProxies: [10.0.0.1, 10.0.0.2]
livekit:
  apiKey: bedrud
  apiSecret: ${secret}
  overrides: { redis: { password: hunter2hunter2, address: "redis:6379" }, keys: { other: another-secret } }
auth:
  jwtSecret: ${secret}x
`;
const folder = (yaml: string) => {
  const cwd = mkdtempSync(join(tmpdir(), 'bedrud-cli-config-'));
  writeFileSync(join(cwd, 'config.yaml'), yaml);
  return cwd;
};
const cwd = folder(good);

describe('config validate', () => {
  test('a good file is valid, and says so to people only', async () => {
    expect(await run(['config', 'validate'], { cwd })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'config.yaml is valid\n',
    });
    expect(await run(['config', 'validate', '-q'], { cwd })).toMatchObject({ status: 0, stderr: '' });
    expect((await run(['config', 'validate', '--json'], { cwd })).json()).toEqual({ ok: true, findings: [] });
  });

  test('a bad one exits with 1, and the JSON has the places', async () => {
    const bad = folder(`${good}servr: {}\n`);
    const ran = await run(['config', 'validate', 'config.yaml', '--format', 'json'], { cwd: bad });
    expect(ran.status).toBe(1);
    expect(ran.json()).toEqual({
      ok: false,
      findings: [
        {
          id: 'config/unknown-key',
          severity: 'error',
          message: 'servr: there is no key "servr" at the top of config.yaml',
          hint: 'did you mean server?',
          file: 'config.yaml',
          line: 10,
          column: 1,
          pointer: '/servr',
        },
      ],
    });
    const text = await run(['config', 'validate'], { cwd: bad });
    expect(text.stdout).toContain('config.yaml:10:1');
    expect(text.stdout).toContain('did you mean server?');
  });

  test('--fail-on moves the line', async () => {
    const warned = folder(good.replace('"8443"', '8443\n  readTimeout: "30"'));
    const status = async (...argv: string[]) =>
      (await run(['config', 'validate', ...argv], { cwd: warned })).status;
    expect(await status()).toBe(0);
    expect(await status('--fail-on', 'warning')).toBe(1);
    const json = await run(['config', 'validate', '--fail-on', 'warning', '--json'], { cwd: warned });
    expect(json.json().ok).toBe(false);
    expect(await status('--fail-on', 'never')).toBe(0);
  });

  test('the file may stand behind -c, between noun and verb too; what is not there is exit 3', async () => {
    const other = join(cwd, 'other.yaml');
    writeFileSync(other, 'auth: [');
    for (const argv of [
      ['config', 'validate', '-c', other],
      ['config', '-c', other, 'validate'],
      ['-c', other, 'config', 'validate'],
    ]) {
      expect(await run(argv, { cwd })).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('other.yaml:1'),
      });
    }
    const missing = await run(['config', 'validate', 'none.yaml', '--json'], { cwd });
    expect(missing.status).toBe(3);
    expect(missing.json().error.code).toBe('config/not-found');
  });
});

describe('config show', () => {
  test('says where each value comes from and hides secrets', async () => {
    const ran = await run(['config', 'show'], { cwd, env: { SERVER_DOMAIN: 'meet.localhost' } });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/^ {2}port: 8443 +# config\.yaml:2$/m);
    expect(ran.stdout).toMatch(/^ {2}domain: meet\.localhost +# SERVER_DOMAIN$/m);
    expect(ran.stdout).toMatch(/^ {2}host: 0\.0\.0\.0 +# default$/m);
    expect(ran.stdout).toMatch(/apiSecret: "\*{8}"/);
    expect(ran.stdout).toMatch(
      /overrides: \{ redis: \{ password: "\*{8}", address: redis:6379 \}, keys: \{ other: "\*{8}" \} \}/,
    );
  });

  test('--changed leaves defaults out; JSON has the same, with origins', async () => {
    const text = await run(['config', 'show', '--changed'], { cwd });
    expect(text.stdout).not.toContain('# default');
    expect(text.stdout).toContain('port: 8443');
    const json = (await run(['config', 'show', '--changed', '--json'], { cwd })).json();
    expect(json.config.server).toEqual({ port: 8443, trustedProxies: ['10.0.0.1', '10.0.0.2'] });
    expect(json.origins['server.port']).toEqual({ kind: 'file', detail: 'config.yaml:2' });
  });

  test('what it prints is a configuration again', async () => {
    const shown = (await run(['config', 'show'], { cwd })).stdout;
    const again = folder(shown.replaceAll('********', secret));
    const ran = await run(['config', 'validate', '--json'], { cwd: again });
    expect(
      ran.json().findings.filter((finding: { severity: string }) => finding.severity === 'error'),
    ).toEqual([]);
    expect((await run(['config', 'get', 'cors.allowedHeaders'], { cwd: again })).stdout).toBe(
      'Origin, Content-Type, Accept, Authorization\n',
    );
  });

  test('no command shows a secret unless asked to', async () => {
    for (const argv of [
      ['show'],
      ['show', '--json'],
      ['show', '--changed'],
      ['validate'],
      ['path'],
      ['get', 'livekit.apiSecret'],
      ['get', 'livekit.overrides'],
      ['get', 'livekit.overrides', '--json'],
    ]) {
      const ran = await run(['config', ...argv], { cwd });
      const all = ran.stdout + ran.stderr;
      for (const hidden of [secret, 'hunter2', 'another-secret']) expect(all).not.toContain(hidden);
    }
  });
});

describe('config get', () => {
  test.each([
    ['server.port', '8443\n'],
    ['server.trustedProxies', '10.0.0.1\n10.0.0.2\n'],
    ['livekit.external', 'false\n'],
    ['cors.exposeHeaders', ''],
  ])('%s', async (key, stdout) => {
    expect(await run(['config', 'get', key], { cwd })).toMatchObject({ status: 0, stdout });
  });

  test('a secret needs --reveal', async () => {
    const hidden = await run(['config', 'get', 'livekit.apiSecret'], { cwd });
    expect(hidden).toMatchObject({ status: 2, stdout: '' });
    expect(hidden.stderr).toContain('--reveal');
    expect((await run(['config', 'get', 'livekit.apiSecret', '--reveal'], { cwd })).stdout).toBe(
      `${secret}\n`,
    );
  });

  test('what is not set is exit 1, what is no key a usage error', async () => {
    expect(await run(['config', 'get', 'livekit.nodeIP'], { cwd })).toMatchObject({ status: 1, stdout: '' });
    const json = await run(['config', 'get', 'livekit.nodeIP', '--json'], { cwd });
    expect(json.json()).toEqual({ key: 'livekit.nodeIP', value: null, origin: { kind: 'default' } });
    const wrong = await run(['config', 'get', 'server.prot'], { cwd });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean server.port?') });
    expect(await run(['config', 'get', 'livekit'], { cwd })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is a section'),
    });
  });
});

describe('config path', () => {
  test('prints the file, and tells people where it looked', async () => {
    const ran = await run(['config', 'path'], { cwd });
    expect(ran).toMatchObject({
      status: 0,
      stdout: `${join(cwd, 'config.yaml')}\n`,
      stderr: 'found: config.yaml\n',
    });
    const named = await run(['config', 'path'], { cwd, env: { BEDRUD_CONFIG: 'config.yaml' } });
    expect(named.stderr).toBe('found: config.yaml (named by BEDRUD_CONFIG)\n');
  });
});

test('config schema prints the schema', async () => {
  const schema = (await run(['config', 'schema'])).json();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.properties.livekit.properties.apiSecret['x-env']).toEqual(['LIVEKIT_API_SECRET']);
});
