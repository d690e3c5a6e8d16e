import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DownloadLimits, defaultLimits } from '../../src/sfu/download.ts';
import { installArchive, installRelease } from '../../src/sfu/install.ts';
import { archiveName, checksumFor, releaseFileUrl } from '../../src/sfu/release.ts';
import { type ReleaseServer, serveRelease, sha256, tarball } from './release-server.ts';

const script = (version: string) =>
  `#!/bin/sh\necho livekit-server version ${version}\n#${'x'.repeat(200_000)}\n`;
const archive = tarball([
  { path: 'LICENSE', content: 'Apache' },
  { path: 'livekit-server', content: script('1.13.5') },
]);
const name = 'livekit_1.13.5_linux_amd64.tar.gz';
const host = { platform: 'linux', arch: 'x64' };
const limits: DownloadLimits = { ...defaultLimits, retryMs: 1, attempts: 3, idleMs: 2_000 };
const files = {
  [`/v1.13.5/${name}`]: archive,
  '/v1.13.5/checksums.txt': `${'0'.repeat(64)}  livekit_1.13.5_linux_arm64.tar.gz\n${sha256(archive)}  ${name}\n`,
};

let cacheDir: string;
let server: ReleaseServer | undefined;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'bedrud-install-'));
});
afterEach(() => server?.close());

async function install(more: Partial<Parameters<typeof installRelease>[0]> = {}) {
  server ??= await serveRelease(files);
  return installRelease({ version: '1.13.5', baseUrl: server.url, cacheDir, env: {}, limits, host, ...more });
}
async function serve(...parameters: Parameters<typeof serveRelease>) {
  await server?.close();
  server = await serveRelease(...parameters);
  return server;
}
const installedFiles = () => {
  const folder = join(cacheDir, 'livekit-server');
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
};
const partFile = () => {
  mkdirSync(join(cacheDir, 'downloads'), { recursive: true });
  return join(cacheDir, 'downloads', `${name}.part`);
};

describe('names', () => {
  test('are those of LiveKit’s releases', () => {
    expect(archiveName('1.13.5', host)).toBe(name);
    expect(archiveName('1.9.0', { platform: 'linux', arch: 'arm' })).toBe('livekit_1.9.0_linux_armv7.tar.gz');
    expect(releaseFileUrl('https://mirror/x/', '1.9.0', 'checksums.txt')).toBe(
      'https://mirror/x/v1.9.0/checksums.txt',
    );
  });
  test.each([
    [{ platform: 'darwin', arch: 'arm64' }, 'brew install livekit'],
    [{ platform: 'linux', arch: 'riscv64' }, 'build livekit-server'],
  ])('there is none for %o', (other, hint) => {
    expect(() => archiveName('1.13.5', other)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    );
  });
  test('a checksum is that of the very file', () => {
    const list = `${'a'.repeat(64)}  x${name}\n${'B'.repeat(64)} *${name}\n`;
    expect(checksumFor(list, name)).toBe('b'.repeat(64));
    expect(checksumFor(list, 'livekit')).toBeUndefined();
  });
});

describe('a download', () => {
  test('that is whole is installed, executable, and nothing else is left', async () => {
    await serve(files);
    const seen: [number, number | undefined][] = [];
    const installed = await install({ onProgress: (done, total) => seen.push([done, total]) });
    expect(installed).toEqual({
      path: join(cacheDir, 'livekit-server/1.13.5/livekit-server'),
      version: '1.13.5',
      sha256: sha256(archive),
    });
    expect(readFileSync(installed.path, 'utf8')).toBe(script('1.13.5'));
    expect(statSync(installed.path).mode & 0o111).toBe(0o111);
    expect(seen.at(-1)).toEqual([archive.length, archive.length]);
    expect(installedFiles()).toEqual(['1.13.5', '1.13.5/livekit-server']);
    expect(readdirSync(join(cacheDir, 'downloads'))).toEqual([]);
  });

  test('is not repeated', async () => {
    const { requests } = await serve(files);
    await install();
    const { length } = requests;
    expect(await install()).not.toHaveProperty('sha256');
    expect(requests).toHaveLength(length);
    writeFileSync(join(cacheDir, 'livekit-server/1.13.5/livekit-server'), '');
    expect(await install()).toHaveProperty('sha256');
  });

  test('that breaks off goes on where it stopped', async () => {
    let breaks = 2;
    const { requests } = await serve(files, (request, response, path) => {
      if (!path.endsWith('.gz') || breaks === 0) return false;
      breaks -= 1;
      const start = Number(request.headers.range?.match(/\d+/)?.[0] ?? 0);
      const headers = {
        'content-length': archive.length - start,
        'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}`,
      };
      response.writeHead(start > 0 ? 206 : 200, headers);
      response.write(archive.subarray(start, start + 50_000));
      // A while later, as lines break: what is still in the sockets' buffers is lost.
      setTimeout(() => response.socket?.end(), 100);
      return true;
    });
    await install();
    expect(requests.filter((line) => line.includes('.gz'))).toEqual([
      `/v1.13.5/${name}`,
      expect.stringMatching(/bytes=[1-9]\d*-$/),
      expect.stringMatching(/bytes=[1-9]\d*-$/),
    ]);
  });

  test('goes on from an earlier run, and starts anew when that part was something else', async () => {
    const { requests } = await serve(files);
    writeFileSync(partFile(), archive.subarray(0, 1000));
    await install();
    expect(requests.at(-1)).toBe(`/v1.13.5/${name} bytes=1000-`);
    writeFileSync(partFile(), Buffer.alloc(1000, 'x'));
    await install({ sha256: sha256(archive) });
    expect(requests.at(-1)).toBe(`/v1.13.5/${name}`);
    writeFileSync(partFile(), Buffer.concat([archive, archive]));
    await install({ sha256: sha256(archive) });
    writeFileSync(partFile(), archive);
    await install({ sha256: sha256(archive) });
    expect(requests.at(-1)).toBe(`/v1.13.5/${name} bytes=${archive.length}-`);
  });

  test('works from a server that knows no ranges', async () => {
    await serve(files, (request) => {
      delete request.headers.range;
      return false;
    });
    writeFileSync(partFile(), archive.subarray(0, 1000));
    expect(await install()).toHaveProperty('sha256');
  });

  test('follows a redirect, as GitHub answers with one', async () => {
    const storage = await serveRelease({ '/blob': archive });
    await serve(files, (_, response, path) => {
      if (!path.endsWith('.gz')) return false;
      response.writeHead(302, { location: `${storage.url}/blob` }).end();
      return true;
    });
    expect(await install()).toHaveProperty('sha256');
    await storage.close();
  });

  test('does not follow redirects for ever', async () => {
    await serve(files, (_, response, path) => {
      response.writeHead(302, { location: path }).end();
      return true;
    });
    await expect(install()).rejects.toMatchObject({
      code: 'install/download-failed',
      message: expect.stringContaining('more than 5 redirects'),
    });
  });

  test('takes the way through a proxy that the environment names', async () => {
    const { url } = await serve(files);
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const target = connect(Number(new URL(url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(target).pipe(client);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    // Nothing resolves that name: only the proxy can get there.
    const baseUrl = 'http://releases.invalid';
    expect(await install({ baseUrl, env: { HTTP_PROXY: `http://127.0.0.1:${port}` } })).toHaveProperty(
      'sha256',
    );
    expect(asked).toEqual(['releases.invalid:80']);
    proxy.close();
  });

  test.each([
    [404, 'install/not-found', 1],
    [403, 'install/download-failed', 1],
  ])('that is answered with %i fails at once', async (status, code, tries) => {
    const { requests } = await serve(files, (_, response) => {
      response.writeHead(status).end();
      return true;
    });
    await expect(install()).rejects.toMatchObject({ code, exit: 3 });
    expect(requests).toHaveLength(tries);
  });

  test('that stands still is given up after some attempts, and what came is kept', async () => {
    const { requests } = await serve(files, (_, response, path) => {
      if (!path.endsWith('.gz')) return false;
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 1000));
      return true;
    });
    const hasty = { ...limits, attempts: 2, idleMs: 200 };
    await expect(install({ limits: hasty })).rejects.toMatchObject({ code: 'install/download-failed' });
    expect(requests.filter((line) => line.includes('.gz'))).toHaveLength(2);
    expect(statSync(partFile()).size).toBe(1000);
  });

  test('has an end even when it only trickles', async () => {
    await serve(files, (_, response, path) => {
      if (!path.endsWith('.gz')) return false;
      response.writeHead(200, { 'content-length': archive.length });
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
      return true;
    });
    await expect(install({ limits: { ...limits, totalMs: 600 } })).rejects.toMatchObject({
      message: expect.stringContaining('not done within'),
    });
  });

  test('that nobody serves fails', async () => {
    await expect(install({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'install/download-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('can be interrupted', async () => {
    await serve(files, () => true);
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(install({ signal })).rejects.toThrow('interrupted');
  });

  test('by two at once is refused', async () => {
    partFile();
    writeFileSync(join(cacheDir, 'downloads', `${name}.lock`), '1');
    await expect(install()).rejects.toMatchObject({ code: 'install/busy' });
    writeFileSync(join(cacheDir, 'downloads', `${name}.lock`), '4194304999');
    await serve(files);
    expect(await install()).toHaveProperty('sha256');
  });
});

describe('what is not what it should be is not installed', () => {
  afterEach(() => expect(installedFiles()).toEqual([]));
  const other = tarball([{ path: 'livekit-server', content: script('1.13.5').replace('echo', 'evil') }]);

  test('a wrong checksum', async () => {
    await serve({ ...files, [`/v1.13.5/${name}`]: other });
    await expect(install()).rejects.toMatchObject({
      code: 'install/mismatch',
      message: expect.stringContaining(sha256(other)),
    });
    expect(existsSync(partFile())).toBe(false);
  });

  test('a checksum other than the one the operator gave', async () => {
    await serve(files);
    await expect(install({ sha256: 'f'.repeat(64) })).rejects.toMatchObject({
      code: 'install/mismatch',
      message: expect.stringContaining('--sha256'),
    });
  });

  test('an archive that the list of checksums does not name', async () => {
    await serve({ ...files, '/v1.13.5/checksums.txt': '<html>' });
    await expect(install()).rejects.toMatchObject({ code: 'install/no-checksum' });
  });

  const elfArm = Buffer.alloc(64);
  elfArm.write('\x7fELF\x02\x01\x01', 'latin1');
  elfArm.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
  test.each([
    [
      'another version',
      tarball([{ path: 'livekit-server', content: script('1.9.0') }]),
      'install/bad-archive',
      'holds livekit-server 1.9.0',
    ],
    [
      'another architecture',
      tarball([{ path: 'livekit-server', content: elfArm }]),
      'sfu/binary-missing',
      'is built for',
    ],
    [
      'no livekit-server',
      tarball([{ path: 'README', content: '' }]),
      'install/bad-archive',
      'there is no livekit-server',
    ],
    ['no archive', Buffer.from('<html>'), 'install/bad-archive', 'incorrect header check'],
    ['half an archive', archive.subarray(0, 100_000), 'install/bad-archive', ''],
    [
      'entries that lead elsewhere',
      tarball([
        { path: '../livekit-server', content: script('1.13.5') },
        { path: 'livekit-server', content: '/bin/sh', type: 'SymbolicLink' },
        { path: 'bin/livekit-server', content: script('1.13.5') },
      ]),
      'install/bad-archive',
      'there is no livekit-server',
    ],
  ])('%s', async (_, content, code, message) => {
    await serve({
      [`/v1.13.5/${name}`]: content,
      '/v1.13.5/checksums.txt': `${sha256(content)}  ${name}\n`,
    });
    await expect(install()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(existsSync(join(cacheDir, 'livekit-server'))).toBe(true);
    expect(readdirSync(cacheDir).sort()).toEqual(['downloads', 'livekit-server']);
  });
});

describe('an archive on this host', () => {
  const local = (content = archive, file = name) => {
    writeFileSync(join(cacheDir, file), content);
    return join(cacheDir, file);
  };
  test('is installed when its checksum is right', async () => {
    const installed = await installArchive({
      archive: local(),
      sha256: sha256(archive).toUpperCase(),
      cacheDir,
    });
    expect(installed).toMatchObject({ version: '1.13.5', sha256: sha256(archive) });
    const checksums = join(cacheDir, 'checksums.txt');
    writeFileSync(checksums, files['/v1.13.5/checksums.txt']);
    expect(await installArchive({ archive: local(), checksums, cacheDir })).toEqual(installed);
  });
  test('is refused when it is not', async () => {
    const attempt = installArchive({ archive: local(), sha256: 'a'.repeat(64), cacheDir });
    await expect(attempt).rejects.toMatchObject({ code: 'install/mismatch' });
    expect(installedFiles()).toEqual([]);
  });
  test('may have any name, but must be the version asked for', async () => {
    const renamed = local(archive, 'lk.tgz');
    const sum = sha256(archive);
    expect(await installArchive({ archive: renamed, sha256: sum, cacheDir })).toMatchObject({
      version: '1.13.5',
    });
    await expect(
      installArchive({ archive: renamed, sha256: sum, version: '1.9.0', cacheDir }),
    ).rejects.toMatchObject({ code: 'install/bad-archive' });
  });
  test('has to be there', async () => {
    const attempt = installArchive({ archive: '/nowhere.tar.gz', sha256: 'a'.repeat(64), cacheDir });
    await expect(attempt).rejects.toMatchObject({ code: 'input/not-found' });
  });
});
