import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/index.ts';
import { run } from '../helpers/run.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'bedrud-init-'));
const read = (cwd: string) => loadConfig({ env: {}, cwd });
const external = [
  '--external',
  '--host',
  'wss://lk.example.com',
  '--internal-host',
  'https://lk.example.com',
  '--api-key',
  'bedrud',
];
const pem = join(folder(), 'x.pem');
writeFileSync(pem, '');

describe('init', () => {
  test.each([
    {
      title: 'nothing said',
      argv: [],
      server: { port: 8090, enableTLS: false },
      frontend: 'http://localhost:8090',
    },
    { title: 'a port', argv: ['--port', '80'], server: { port: 80 }, frontend: 'http://localhost' },
    {
      title: 'behind a proxy',
      argv: ['--domain', 'meet.example.com', '--tls', 'proxy', '--trusted-proxy', '10.0.0.1'],
      server: {
        domain: 'meet.example.com',
        behindProxy: true,
        trustedProxies: ['10.0.0.1'],
        proxyHeader: 'X-Forwarded-For',
      },
      frontend: 'https://meet.example.com',
    },
    {
      title: 'with certificate files',
      argv: [
        '--domain',
        'meet.example.com',
        '--cert-file',
        pem,
        '--key-file',
        pem,
        '--port',
        '443',
        '--node-ip',
        '203.0.113.7',
      ],
      server: { domain: 'meet.example.com', enableTLS: true, certFile: pem, keyFile: pem },
      frontend: 'https://meet.example.com',
    },
    {
      title: 'a domain without TLS',
      argv: ['--domain', 'meet.example.com'],
      server: { domain: 'meet.example.com' },
      frontend: 'http://meet.example.com:8090',
    },
  ])('$title: a file without a warning', async ({ argv, server, frontend }) => {
    const cwd = folder();
    const ran = await run(['init', '--yes', ...argv], { cwd });
    expect(ran).toMatchObject({ status: 0, stdout: '' });
    expect(ran.stderr).toContain('bedrud serve');
    const { config, findings } = await read(cwd);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(config.server).toMatchObject(server);
    expect(config.auth.frontendURL).toBe(frontend);
    expect(config.database).toMatchObject({ type: 'sqlite', path: join(cwd, 'bedrud.db') });
    expect(config.livekit).toMatchObject({ external: false, port: 7880 });
    expect(statSync(join(cwd, 'config.yaml')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, 'config.yaml'), 'utf8')).toMatch(/^# Bedrud's configuration/);
  });

  test('secrets are fresh each time, long, and on no output', async () => {
    const seen = new Set<string>();
    for (const cwd of [folder(), folder()]) {
      const ran = await run(['init', '--yes'], { cwd });
      const { livekit, auth } = (await read(cwd)).config;
      for (const secret of [livekit.apiSecret, auth.jwtSecret, auth.sessionSecret]) {
        expect(secret?.length).toBeGreaterThanOrEqual(32);
        expect(ran.stdout + ran.stderr).not.toContain(secret);
        seen.add(secret ?? '');
      }
      seen.add(livekit.apiKey ?? '');
    }
    expect(seen.size).toBe(8);
  });

  test('an external LiveKit, with its secret from a file, stdin or the environment', async () => {
    const secret = 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E';
    const kept = join(folder(), 'secret');
    writeFileSync(kept, `${secret}\n`);
    for (const [argv, options] of [
      [['--api-secret-file', kept], {}],
      [['--api-secret-file', '-'], { stdin: secret }],
      [[], { env: { LIVEKIT_API_SECRET: secret } }],
    ] as const) {
      const cwd = folder();
      const ran = await run(['init', '--yes', ...external, ...argv], { cwd, ...options });
      expect(ran).toMatchObject({ status: 0, stdout: '' });
      expect(ran.stderr).not.toContain(secret);
      const { config, findings } = await read(cwd);
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(config.livekit).toMatchObject({
        external: true,
        host: 'wss://lk.example.com',
        apiKey: 'bedrud',
        apiSecret: secret,
      });
    }
  });

  test.each([
    { argv: external, says: '--api-secret-file' },
    { argv: ['--external'], says: '--external needs --host' },
    { argv: ['--host', '127.0.0.1'], says: '--host: "127.0.0.1" is not the URL of an external LiveKit' },
    { argv: ['--tls', 'manual'], says: '--tls manual needs --cert-file' },
    { argv: ['--cert-file', 'c.pem'], says: '--tls manual needs --key-file' },
  ])('$argv lacks something', async ({ argv, says }) => {
    const cwd = folder();
    const ran = await run(['init', '--yes', ...argv], { cwd });
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('what a YAML reader could misread is quoted', async () => {
    const cwd = folder();
    const secret = '"0x10": #{*&!\\ yes';
    const ran = await run(['init', '--yes', ...external, '--api-key', 'null', '--api-secret-file', '-'], {
      cwd,
      stdin: secret,
    });
    expect(ran.status).toBe(0);
    expect((await read(cwd)).config.livekit).toMatchObject({ apiKey: 'null', apiSecret: secret });
  });

  test('a file that is there stays, unless --force puts it aside', async () => {
    const cwd = folder();
    await run(['init', '--yes'], { cwd });
    const first = readFileSync(join(cwd, 'config.yaml'), 'utf8');
    const refused = await run(['init', '--yes', '--json'], { cwd });
    expect(refused.status).toBe(3);
    expect(refused.json().error.code).toBe('init/exists');
    expect(readFileSync(join(cwd, 'config.yaml'), 'utf8')).toBe(first);
    const forced = (await run(['init', '--yes', '--force', '--json'], { cwd })).json();
    expect(forced.file).toBe(join(cwd, 'config.yaml'));
    expect(readFileSync(forced.backup, 'utf8')).toBe(first);
    expect(statSync(forced.backup).mode & 0o777).toBe(0o600);
    expect(readFileSync(forced.file, 'utf8')).not.toBe(first);
  });

  test('on a terminal it asks what the flags leave open', async () => {
    const cwd = folder();
    const down = '\u001b[B\r';
    const ran = await run(['init', '--port', '9000'], {
      cwd,
      tty: true,
      typed: [
        { at: 'public name', keys: 'meet.example.com\r' },
        { at: 'HTTPS', keys: down },
        { at: 'LiveKit', keys: down },
        { at: 'What browsers connect to', keys: 'wss://lk.example.com\r' },
        { at: "LiveKit's API", keys: '\r' },
        { at: 'API key', keys: 'bedrud\r' },
        { at: 'API secret', keys: 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E\r' },
      ],
    });
    expect(ran).toMatchObject({ status: 0, stdout: '' });
    expect(ran.stderr).not.toContain('k3yR8vQz');
    const { config } = await read(cwd);
    expect(config.server).toMatchObject({ port: 9000, domain: 'meet.example.com', behindProxy: true });
    expect(config.livekit).toMatchObject({
      external: true,
      host: 'wss://lk.example.com',
      internalHost: 'https://lk.example.com',
      apiKey: 'bedrud',
    });
  });

  test('Ctrl-C at a question is an interrupt, and nothing is written', async () => {
    const cwd = folder();
    const ran = await run(['init'], { cwd, tty: true, typed: [{ at: 'public name', keys: '\u0003' }] });
    expect(ran).toMatchObject({ status: 130, stdout: '' });
    expect(ran.stderr).not.toContain('error');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('answers that make no valid configuration are findings', async () => {
    const cwd = folder();
    const env = { LIVEKIT_API_SECRET: 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E' };
    const argv = external.map((word) => word.replace('wss:', 'https:'));
    const ran = await run(['init', '--yes', ...argv], { cwd, env });
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('livekit.host begins with https://'),
    });
  });

  test('DIR is made, and the next step names the file', async () => {
    const cwd = folder();
    const ran = await run(['init', 'etc/bedrud'], { cwd });
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain(`bedrud serve -c ${join(cwd, 'etc/bedrud/config.yaml')}`);
    const unwritable = await run(['init', join(pem, 'below')], { cwd });
    expect(unwritable).toMatchObject({ status: 3, stderr: expect.stringContaining('cannot be written') });
  });
});
