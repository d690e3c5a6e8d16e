import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withOwnFile } from '../../src/commands/shared/own-file.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';

const cwd = mkdtempSync(join(tmpdir(), 'bedrud-own-file-'));
const secret = 'a-secret-of-at-least-32-characters';

async function config(yaml: string | undefined, livekit: Partial<Config['livekit']> = {}): Promise<Config> {
  const { config } = await loadConfig({ env: {}, cwd });
  if (yaml !== undefined) writeFileSync(join(cwd, 'livekit.yaml'), yaml);
  return { ...config, livekit: { ...config.livekit, configPath: 'livekit.yaml', ...livekit } };
}

describe('with a LiveKit file of the operator’s own', () => {
  test('port and keys are those in it', async () => {
    const given = await config(`port: 7890\nkeys:\n  a: ${secret}\n  b: other\n`);
    expect((await withOwnFile(given, cwd)).livekit).toMatchObject({
      port: 7890,
      apiKey: 'a',
      apiSecret: secret,
      configPath: join(cwd, 'livekit.yaml'),
    });
  });

  test('the port is LiveKit’s own default where it has none', async () => {
    const given = await config(`keys: {a: ${secret}}`, { port: 9999 });
    expect((await withOwnFile(given, cwd)).livekit.port).toBe(7880);
  });

  test.each([
    ['another key', { apiKey: 'c', apiSecret: secret }, 'not that key'],
    ['another secret', { apiKey: 'a', apiSecret: 'x'.repeat(32) }, 'another secret'],
  ])('%s in config.yaml is an error', async (_, pair, message) => {
    const given = await config(`keys: {a: ${secret}}`, pair);
    await expect(withOwnFile(given, cwd)).rejects.toMatchObject({
      code: 'keys/mismatch',
      message: expect.stringContaining(message),
    });
  });

  test('keys in a file of their own are left to config.yaml', async () => {
    const given = await config('key_file: /etc/keys.yaml', { apiKey: 'c', apiSecret: secret });
    expect((await withOwnFile(given, cwd)).livekit).toMatchObject({ apiKey: 'c', apiSecret: secret });
  });

  test('one that cannot be parsed is left to livekit-server, which says why', async () => {
    const given = await config('rtc: {', { apiKey: 'c', apiSecret: secret });
    expect((await withOwnFile(given, cwd)).livekit.apiKey).toBe('c');
  });

  test('one that is not there is an error; without one nothing changes', async () => {
    const given = await config(undefined, { configPath: 'gone.yaml' });
    await expect(withOwnFile(given, cwd)).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringMatching(/livekit\.configPath: .*: no such file/),
      hint: expect.stringContaining('LIVEKIT_CONFIG_PATH'),
    });
    const none = { ...given, livekit: { ...given.livekit, configPath: '' } };
    expect(await withOwnFile(none, cwd)).toBe(none);
  });
});
