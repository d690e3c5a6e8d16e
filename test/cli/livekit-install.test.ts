import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../helpers/run.ts';
import { sha256, tarball } from '../sfu/release-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'bedrud-cli-install-'));
const archive = tarball([
  { path: 'livekit-server', content: '#!/bin/sh\necho livekit-server version 1.13.5\n' },
]);
writeFileSync(join(folder, 'lk.tar.gz'), archive);
const options = { cwd: folder, env: { BEDRUD_CACHE_DIR: join(folder, 'cache') } };

describe('livekit install', () => {
  test('from an archive prints where the program is', async () => {
    const argv = ['livekit', 'install', '--archive', 'lk.tar.gz', '--sha256', sha256(archive)];
    const path = join(folder, 'cache/livekit-server/1.13.5/livekit-server');
    expect(await run(argv, options)).toMatchObject({
      status: 0,
      stdout: `livekit-server 1.13.5 is at ${path}\n`,
    });
    for (const words of [
      [...argv, '--json'],
      ['livekit', '--json', ...argv.slice(1)],
    ]) {
      const json = await run(words, options);
      expect(json.json()).toEqual({ path, version: '1.13.5', sha256: sha256(archive), downloaded: false });
    }
  });

  test('a mismatch is status 3, and names both sums', async () => {
    const wrong = 'a'.repeat(64);
    const ran = await run(['livekit', 'install', '--archive', 'lk.tar.gz', '--sha256', wrong], options);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr).toContain(wrong);
    expect(ran.stderr).toContain(sha256(archive));
  });

  test('a cache that cannot be made is status 3, and says which', async () => {
    const env = { BEDRUD_CACHE_DIR: '/dev/null/cache' };
    const { status, stderr } = await run(['livekit', 'install', '--base-url', 'http://127.0.0.1:9'], { env });
    expect(status).toBe(3);
    expect(stderr).toContain('error /dev/null/cache');
    expect(stderr).toContain('set BEDRUD_CACHE_DIR');
  });

  test('a server that is not there is status 3, with the way out', async () => {
    const env = { BEDRUD_CACHE_DIR: join(folder, 'empty') };
    const ran = await run(['livekit', 'install', '1.9.0', '--base-url', 'http://127.0.0.1:1'], { env });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('--archive');
  });

  test.each([
    { argv: ['latest'], problem: '"latest" is not a livekit-server release' },
    { argv: ['--sha256', 'abc'], problem: 'this is no SHA-256' },
    { argv: ['--archive', 'lk.tar.gz'], problem: 'only installed when its checksum is known' },
    { argv: ['--checksums', 'x'], problem: '--checksums goes with --archive' },
  ])('$argv is a usage error', async ({ argv, problem }) => {
    const ran = await run(['livekit', 'install', ...argv], options);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(problem);
  });
});
