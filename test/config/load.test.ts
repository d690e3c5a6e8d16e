import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, requireValid } from '../../src/config/index.ts';
import { cwd, load } from './helper.ts';

describe('where the file is looked for', () => {
  const write = (name: string) => {
    writeFileSync(join(cwd, name), `server: { domain: ${name} }`);
    return name;
  };
  test.each([
    {
      title: '--config first',
      file: 'flag.yaml',
      env: { BEDRUD_CONFIG: 'a.yaml', CONFIG_PATH: 'b.yaml' },
      wins: 'flag.yaml',
    },
    { title: 'then BEDRUD_CONFIG', env: { BEDRUD_CONFIG: 'a.yaml', CONFIG_PATH: 'b.yaml' }, wins: 'a.yaml' },
    { title: 'then CONFIG_PATH', env: { CONFIG_PATH: 'b.yaml' }, wins: 'b.yaml' },
    { title: 'then config.yaml', env: {}, wins: 'config.yaml' },
  ])('$title', async ({ file, env, wins }) => {
    for (const name of ['flag.yaml', 'a.yaml', 'b.yaml', 'config.yaml']) write(name);
    const loaded = await loadConfig({ file, env, cwd });
    expect(loaded.file).toBe(wins);
    expect(loaded.config.server.domain).toBe(wins);
  });

  test('a file that someone named has to be there', async () => {
    await expect(loadConfig({ file: 'none.yaml', env: {}, cwd })).rejects.toMatchObject({
      code: 'config/not-found',
      exit: 3,
      message: 'none.yaml: no such file (named by the command line)',
    });
    await expect(loadConfig({ env: { CONFIG_PATH: 'none.yaml' }, cwd })).rejects.toThrow(
      '(named by CONFIG_PATH)',
    );
  });

  test('without any file there are defaults and the environment', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'bedrud-config-'));
    const loaded = await loadConfig({ env: { SERVER_PORT: '9000' }, cwd: empty });
    expect(loaded).toMatchObject({ file: undefined, source: undefined });
    expect(loaded.config.server).toMatchObject({ port: 9000, host: '0.0.0.0', trustedProxies: [] });
    expect(loaded.config.livekit).toMatchObject({ port: 7880, external: false, rtc: {}, overrides: {} });
  });
});

describe('what wins', () => {
  const yaml = 'server:\n  port: "8443"\n  domain: file.example.com\nlivekit:\n  port: 7000\n';

  test('the environment over the file, flags over both, and each says so', async () => {
    const loaded = await load(yaml, {
      env: { SERVER_PORT: '9000', SERVER_DOMAIN: '' },
      flags: { 'livekit.port': 7890, 'server.host': undefined },
    });
    expect(loaded.config.server.port).toBe(9000);
    expect(loaded.config.server.domain).toBe('file.example.com');
    expect(loaded.config.livekit.port).toBe(7890);
    expect(loaded.originOf('server.port')).toEqual({ kind: 'env', detail: 'SERVER_PORT' });
    expect(loaded.originOf('server.domain')).toEqual({ kind: 'file', detail: 'config.yaml:3' });
    expect(loaded.originOf('livekit.port')).toEqual({ kind: 'flag' });
    expect(loaded.originOf('server.host')).toEqual({ kind: 'default' });
  });

  test('of two variables for one key, the first', async () => {
    const both = { CF_API_TOKEN: 'second-token', CLOUDFLARE_API_TOKEN: 'first-token' };
    expect((await load('', { env: both })).config.server.acme.cloudflareAPIToken).toBe('first-token');
    const one = { CF_API_TOKEN: 'second-token' };
    expect((await load('', { env: one })).config.server.acme.cloudflareAPIToken).toBe('second-token');
  });

  test('variables are read by type', async () => {
    const env = {
      SERVER_ENABLE_TLS: 'T',
      SERVER_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
      CORS_MAX_AGE: '60',
    };
    const { config } = await load('', { env });
    expect(config.server).toMatchObject({ enableTLS: true, trustedProxies: ['10.0.0.0/8', '192.0.2.1'] });
    expect(config.cors.maxAge).toBe(60);
  });

  test('the embedded port follows a loopback internalHost', async () => {
    expect((await load('livekit: { internalHost: "http://127.0.0.1:7072" }')).config.livekit.port).toBe(7072);
    expect((await load('livekit: { internalHost: "http://sfu.example.com:7072" }')).config.livekit.port).toBe(
      7880,
    );
    const named = await load('livekit: { internalHost: "http://localhost:7072", port: 7001 }');
    expect(named.config.livekit.port).toBe(7001);
  });
});

describe('what the Go server takes', () => {
  const aboutShape = new Set([
    'config/wrong-type',
    'config/malformed',
    'config/out-of-range',
    'config/yaml-syntax',
  ]);
  test.each([
    ['server: { port: 8090 }', { port: 8090 }],
    ['server: { port: "0443" }', { port: 443 }],
    ['server: { enableTLS: yes }', { enableTLS: true }],
    ['server: { enableTLS: "on" }', { enableTLS: true }],
    ['server: { readTimeout: 0x1e }', { readTimeout: 30 }],
    ['server: { maxRoomsPerUser: 1_000 }', { maxRoomsPerUser: 1000 }],
    ['server: { maxRoomsPerUser: 10.0 }', { maxRoomsPerUser: 10 }],
    ['server: { domain: 00123 }', { domain: '00123' }],
    ['server: { domain: "", readTimeout: }', { readTimeout: 30 }],
    ['server: &s { port: 1 }\nlivekit: {}', { port: 1 }],
    ['x-anchors: &x {}\nserver: { <<: { port: 5 }, host: a }', { port: 5, host: 'a' }],
  ])('%s', async (yaml, server) => {
    const loaded = await load(yaml);
    expect(loaded.config.server).toMatchObject(server);
    expect(loaded.findings.filter(({ id }) => aboutShape.has(id))).toEqual([]);
  });
});

test('requireValid names the first errors', async () => {
  const loaded = await load('server:\n  prot: 1\n  port: x\nlivekit: 3\nauth: []\n');
  expect(() => requireValid(loaded)).toThrow(
    /^the configuration is not valid: config\.yaml:2: server\.prot: there is no key "prot" under server; config\.yaml:3: .*; and \d more$/,
  );
});
