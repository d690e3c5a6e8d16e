import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { knownVersion } from '../../src/sfu/version-memo.ts';
import { until } from '../helpers/poll.ts';

const folder = mkdtempSync(join(tmpdir(), 'bedrud-memo-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program of its own, a cache of its own, and how often the program was asked. */
function setUp(content = '\x7fELF') {
  const place = mkdtempSync(join(folder, 'case-'));
  const path = join(place, 'livekit-server');
  writeFileSync(path, content, { mode: 0o755 });
  const asked: string[] = [];
  return {
    path,
    asked,
    cacheDir: join(place, 'cache', 'bedrud'),
    ask: async (program: string) => {
      asked.push(program);
      return `1.13.${asked.length}`;
    },
  };
}

describe('the version of a livekit-server', () => {
  test('is asked for once', async () => {
    const { path, asked, cacheDir, ask } = setUp();
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.1');
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.1');
    expect(asked).toEqual([path]);
    expect(statSync(join(cacheDir, 'livekit-server-version.json')).mode & 0o777).toBe(0o600);
  });

  test('is asked for again when the file was written anew, with the same size and the same time', async () => {
    const { path, cacheDir, ask } = setUp();
    const { atime, mtime } = statSync(path);
    await knownVersion(path, cacheDir, ask);
    const { ctimeNs } = statSync(path, { bigint: true });
    // The clock of a file system ticks every few milliseconds.
    await until('another time of change', () => {
      writeFileSync(path, '\x7fELG');
      utimesSync(path, atime, mtime);
      return statSync(path, { bigint: true }).ctimeNs !== ctimeNs;
    });
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.2');
  });

  test('is asked for again when another program is at that path, or the same one at another', async () => {
    const { path, cacheDir, ask } = setUp();
    const other = setUp().path;
    await knownVersion(path, cacheDir, ask);
    expect(await knownVersion(other, cacheDir, ask)).toBe('1.13.2');
    renameSync(setUp().path, path);
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.3');
  });

  test('is asked for each time of a script, which may start another one tomorrow', async () => {
    const { path, cacheDir, ask } = setUp('#!/bin/sh\nexec livekit-server-current "$@"\n');
    await knownVersion(path, cacheDir, ask);
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.2');
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '[]'],
    ['null', 'null'],
    ['no version', '{"program":"x"}'],
  ])('a memo that is %s is not believed, and replaced', async (_, text) => {
    const { path, asked, cacheDir, ask } = setUp();
    await knownVersion(path, cacheDir, ask);
    writeFileSync(join(cacheDir, 'livekit-server-version.json'), text);
    expect(await knownVersion(path, cacheDir, ask)).toBe('1.13.2');
    await knownVersion(path, cacheDir, ask);
    expect(asked).toHaveLength(2);
  });

  test('a cache that cannot be made is no reason to fail', async () => {
    const { path, ask } = setUp();
    expect(await knownVersion(path, join(path, 'not-a-folder'), ask)).toBe('1.13.1');
  });

  test('what asking throws is thrown', async () => {
    const { path, cacheDir } = setUp();
    await expect(
      knownVersion(path, cacheDir, async () => {
        throw new Error('it said nothing');
      }),
    ).rejects.toThrow('it said nothing');
  });
});
