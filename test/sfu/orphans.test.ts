import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../../src/sfu/proc.ts';
import { sweepTempConfigs, tempConfigPath } from '../../src/sfu/temp-config.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function spawnBedrud(does: string): Promise<{ bedrud: ChildProcess; sfuPid: number; temp: string }> {
  const temp = mkdtempSync(join(tmpdir(), 'bedrud-orphans-'));
  const port = await freePort();
  const bedrud = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      fixture('start-sfu.ts'),
      fixture('fake-livekit-server'),
      String(port),
      JSON.stringify({ port, does }),
    ],
    { env: { ...process.env, TMPDIR: temp }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(bedrud.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { bedrud, sfuPid: JSON.parse(String(line)).pid, temp };
}

const configsIn = (folder: string) =>
  readdirSync(folder).filter((name) => name.startsWith('bedrud-livekit-'));

test('when bedrud is killed, the SFU and its file go too', async () => {
  // This one ignores SIGTERM: only SIGKILL ends it.
  const { bedrud, sfuPid, temp } = await spawnBedrud('deaf');
  expect(isAlive(sfuPid)).toBe(true);
  expect(configsIn(temp)).toHaveLength(1);
  bedrud.kill('SIGKILL');
  await until('the end of the SFU', () => !isAlive(sfuPid));
  await until('the end of the file', () => configsIn(temp).length === 0);
});

describe('the sweep', () => {
  const gone = '4194304999';
  function stale(folder: string, name = `bedrud-livekit-${gone}-1-abc123.yaml`): string {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), 'keys: {}', { mode: 0o600 });
    return join(folder, name);
  }
  const scratch = () => mkdtempSync(join(tmpdir(), 'bedrud-sweep-'));

  test('removes the file of a bedrud that is gone, and ends the SFU that uses it', async () => {
    const folder = scratch();
    const file = stale(folder);
    const sfu = spawn('/bin/sh', ['-c', 'read -r line', 'livekit-server', '--config', file]);
    await once(sfu, 'spawn');
    const swept = await sweepTempConfigs(folder);
    expect(swept).toEqual({ files: [file], killed: [sfu.pid] });
    expect(existsSync(file)).toBe(false);
    await until('its end', () => sfu.signalCode === 'SIGKILL');
  });

  test('leaves what belongs to a bedrud that runs, and what only has the file open', async () => {
    const folder = scratch();
    const mine = join(folder, tempConfigPath().split('/').at(-1) ?? '');
    writeFileSync(mine, '');
    const file = stale(folder);
    const editor = spawn('/bin/sh', ['-c', 'read -r line', 'editor', file]);
    await once(editor, 'spawn');
    expect(await sweepTempConfigs(folder)).toEqual({ files: [file], killed: [] });
    expect(existsSync(mine)).toBe(true);
    editor.kill();
  });

  test('takes a pid that was given anew for what it is', async () => {
    const folder = scratch();
    // This process lives, but it didn't start one tick after boot.
    const file = stale(folder, `bedrud-livekit-${process.pid}-1-abc123.yaml`);
    expect((await sweepTempConfigs(folder)).files).toEqual([file]);
  });

  test('touches neither links nor other names', async () => {
    const folder = scratch();
    const precious = stale(folder, 'bedrud-livekit-mine.yaml');
    symlinkSync(precious, join(folder, `bedrud-livekit-${gone}-1-abc.yaml`));
    expect((await sweepTempConfigs(folder)).files).toEqual([]);
    expect(existsSync(precious)).toBe(true);
  });
});
