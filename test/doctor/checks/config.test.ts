import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../helpers/run.ts';
import { config, findingsOf, recreates, sees, writeScenario } from '../recreate.ts';

recreates(
  'config/valid',
  'a slip in config.yaml',
  { files: { 'config.yaml': config({ livekit: 'nodeIp: 192.0.2.1' }) } },
  { id: 'config/unknown-key', message: /nodeIp/, hint: /nodeIP/, file: 'config.yaml', line: 8 },
);
recreates(
  'livekit/rendered',
  'TURN over TLS has no name that clients could verify',
  {
    files: {
      'config.yaml': config({ livekit: 'turn: {enabled: true, domain: localhost, certFile: a, keyFile: b}' }),
    },
  },
  {
    id: 'turn/domain-unusable',
    severity: 'warning',
    message: /localhost/,
    hint: /livekit\.turn\.domain/,
    line: 8,
  },
);
recreates(
  'livekit/config-missing',
  'livekit.configPath leads nowhere',
  { files: { 'config.yaml': config({ livekit: 'configPath: livekit.yaml' }) } },
  { message: /livekit\.configPath: .*livekit\.yaml: no such file/, hint: /remove it/ },
);

sees(
  'config/file-mode',
  'everybody may read config.yaml',
  { secretFiles: [{ file: 'config.yaml', holds: 'the secrets in it', mode: 0o644, open: true }] },
  {
    severity: 'warning',
    message: /^config\.yaml has mode 644: every user of this host has access to the secrets in it$/,
    hint: /^chmod 600 config\.yaml, or 640/,
  },
);

describe('config/file-mode', () => {
  /** @returns what is said of files of these modes in a folder of that mode */
  async function said(folder: number, modes: Record<string, number>): Promise<string[]> {
    const files = { 'config.yaml': config({ server: 'enableTLS: true\ncertFile: a.pem\nkeyFile: a.key' }) };
    const cwd = writeScenario({ ...files, 'a.key': '', 'bedrud.db': '' });
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    for (const [name, mode] of Object.entries(modes)) chmodSync(join(cwd, name), mode);
    chmodSync(cwd, folder);
    const args = ['doctor', '--offline', '--only', 'config/file-mode', '--json', '--fail-on', 'warning'];
    const ran = await run([...args], { cwd, env: { DB_PATH: 'bedrud.db' } });
    const found = findingsOf(ran, 'config/file-mode');
    expect(ran.status).toBe(found.length > 0 ? 1 : 0);
    expect(found.every(({ hint }) => /^chmod 600 .*, or 640/.test(hint ?? ''))).toBe(true);
    return found.map(({ message }) => message);
  }
  const closed = { 'config.yaml': 0o600, 'a.key': 0o640, 'bedrud.db': 0o660 };

  test.skipIf(process.platform === 'win32')('names each file that others may read or write', async () => {
    const messages = await said(0o755, { 'config.yaml': 0o644, 'a.key': 0o604, 'bedrud.db': 0o602 });
    expect(messages.sort()).toEqual([
      expect.stringMatching(/a\.key has mode 604: .* private key/),
      expect.stringMatching(/bedrud\.db has mode 602: .* who was in which room/),
      expect.stringMatching(/config\.yaml has mode 644: every user of this host has access to the secrets/),
    ]);
  });

  test.skipIf(process.platform === 'win32')('is silent where owner and group alone get to them', async () => {
    expect(await said(0o755, closed)).toEqual([]);
    expect(await said(0o750, { 'config.yaml': 0o644, 'a.key': 0o644, 'bedrud.db': 0o644 })).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')(
    'has nothing to say of a configuration without secrets',
    async () => {
      const cwd = writeScenario({ 'config.yaml': 'server: {port: 8090}\n' });
      onTestFinished(() => rmSync(cwd, { recursive: true }));
      chmodSync(cwd, 0o755);
      const ran = await run(['doctor', '--offline', '--only', 'config/file-mode', '--json'], { cwd });
      expect(findingsOf(ran, 'config/file-mode')).toEqual([]);
    },
  );
});
