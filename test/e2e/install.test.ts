import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { archiveName } from '../../src/sfu/release.ts';
import { serveRelease, sha256, tarball } from '../sfu/release-server.ts';

const bin = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

test.runIf(process.platform === 'linux')(
  'the built program installs livekit-server and asks it for its version',
  async () => {
    const program = '#!/bin/sh\necho livekit-server version 1.13.5\n';
    const archive = tarball([{ path: 'livekit-server', content: program }]);
    const name = archiveName('1.13.5', process);
    const server = await serveRelease({
      [`/v1.13.5/${name}`]: archive,
      '/v1.13.5/checksums.txt': `${sha256(archive)}  ${name}\n`,
    });
    const folder = mkdtempSync(join(tmpdir(), 'bedrud-e2e-install-'));
    const env = { PATH: process.env['PATH'], HOME: folder, BEDRUD_CACHE_DIR: join(folder, 'cache') };
    const bedrud = (...argv: string[]) =>
      new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
        execFile(process.execPath, [bin, ...argv], { env, cwd: folder }, (error, stdout, stderr) =>
          error ? reject(new Error(stderr)) : resolve({ stdout, stderr }),
        );
      });
    const { stdout } = await bedrud('livekit', 'install', '1.13.5', '--base-url', server.url, '--json');
    const installed = JSON.parse(stdout);
    expect(installed).toMatchObject({ version: '1.13.5', downloaded: true });
    expect(readFileSync(installed.path, 'utf8')).toBe(program);
    await server.close();
  },
);
