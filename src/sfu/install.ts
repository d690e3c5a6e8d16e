/** Puts a release of livekit-server into the cache, from LiveKit's own archive, once its checksum is right. */
import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure } from '../core/errors.ts';
import { readTextFile } from '../core/files.ts';
import { sha256Of, unpackBinary } from './archive.ts';
import { binaryVersion, cachedBinary, checkBinary } from './binary.ts';
import { makeCacheFolder } from './cache.ts';
import { type DownloadLimits, makeDownloader } from './download.ts';
import { withLock } from './lock.ts';
import { archiveName, checksumFor, releaseFileUrl, versionInName } from './release.ts';

export interface InstallOptions {
  /** `1.13.5`. */
  version: string;
  /** Where releases are: {@link ./release.ts releasesUrl} or a mirror of it. */
  baseUrl: string;
  /** What the archive must have besides what the release's checksums.txt says. */
  sha256?: string | undefined;
  cacheDir: string;
  /** For proxies. */
  env: Readonly<Record<string, string | undefined>>;
  onProgress?(done: number, total: number | undefined): void;
  signal?: AbortSignal;
  limits?: DownloadLimits;
  host?: { platform: string; arch: string };
}

export interface Installed {
  path: string;
  version: string;
  /** Of the archive it came from; absent when the release was in the cache already. */
  sha256?: string;
}

/**
 * Downloads and installs a release. An interrupted download goes on where it stopped.
 * @throws Failure `install/…`, `sfu/binary-missing` when the program isn't one for this host
 */
export async function installRelease(options: InstallOptions): Promise<Installed> {
  const { version, baseUrl, cacheDir, sha256 } = options;
  const name = archiveName(version, options.host ?? process);
  const path = cachedBinary(cacheDir, version);
  // With a checksum to meet, only the archive itself can tell.
  if (sha256 === undefined && (await isWhole(path, version))) return { path, version };
  const downloads = join(cacheDir, 'downloads');
  await makeCacheFolder(downloads);
  return withLock(join(downloads, `${name}.lock`), async () => {
    const part = join(downloads, `${name}.part`);
    const downloader = await makeDownloader(options.env, options.signal, options.limits);
    try {
      const list = releaseFileUrl(baseUrl, version, 'checksums.txt');
      const published = requireChecksum(await downloader.text(list), name, list);
      if (sha256 !== undefined && sha256.toLowerCase() !== published) {
        throw failure('install/mismatch', {
          file: name,
          actual: published,
          expected: sha256,
          source: '--sha256',
        });
      }
      const url = releaseFileUrl(baseUrl, version, name);
      const resumed = await stat(part).catch(() => undefined);
      await downloader.save(url, part, options.onProgress);
      if (resumed && (await sha256Of(part)) !== published) {
        // The beginning may have come from elsewhere, or from a download that was cut in the middle of a write.
        await rm(part);
        await downloader.save(url, part, options.onProgress);
      }
      await verify(part, name, published, list).catch(async (error) => {
        await rm(part, { force: true });
        throw error;
      });
      const installed = await unpackIntoCache(part, cacheDir, version);
      await rm(part, { force: true });
      return { ...installed, sha256: published };
    } finally {
      await downloader.close();
    }
  });
}

/**
 * Installs from an archive that is on this host already, for hosts without a way out.
 * @param options.sha256 from the operator, and
 * @param options.checksums a checksums.txt that names the archive; at least one of the two
 * @throws Failure `install/…`, `input/…`, `sfu/binary-missing`
 */
export async function installArchive(options: {
  archive: string;
  version?: string | undefined;
  sha256?: string | undefined;
  checksums?: string | undefined;
  cacheDir: string;
}): Promise<Installed> {
  const { archive, sha256, checksums, cacheDir } = options;
  if ((await stat(archive).catch(() => undefined))?.isFile() !== true) {
    throw failure('input/not-found', { file: archive });
  }
  const name = basename(archive);
  if (checksums !== undefined) {
    await verify(archive, name, requireChecksum(await readTextFile(checksums), name, checksums), checksums);
  }
  if (sha256 !== undefined) await verify(archive, name, sha256.toLowerCase(), '--sha256');
  const installed = await unpackIntoCache(archive, cacheDir, options.version ?? versionInName(name));
  return { ...installed, sha256: await sha256Of(archive) };
}

/** @param expected the version it has to have; undefined: whichever it says it is */
async function unpackIntoCache(
  archive: string,
  cacheDir: string,
  expected: string | undefined,
): Promise<{ path: string; version: string }> {
  const folder = join(cacheDir, 'livekit-server');
  await makeCacheFolder(folder);
  const unpacked = join(folder, `.unpacked-${randomBytes(6).toString('hex')}`);
  try {
    await unpackBinary(archive, unpacked);
    await checkBinary(unpacked);
    const version = await binaryVersion(unpacked);
    if (expected !== undefined && version !== expected) {
      throw failure('install/bad-archive', {
        file: archive,
        reason: `it holds livekit-server ${version}, not ${expected}`,
      });
    }
    const path = cachedBinary(cacheDir, version);
    await makeCacheFolder(dirname(path));
    // At once or not at all, and without disturbing one that runs from there.
    await rename(unpacked, path);
    return { path, version };
  } finally {
    await rm(unpacked, { force: true });
  }
}

async function isWhole(path: string, version: string): Promise<boolean> {
  try {
    await checkBinary(path);
    return (await binaryVersion(path)) === version;
  } catch {
    return false;
  }
}

function requireChecksum(list: string, name: string, source: string): string {
  const found = checksumFor(list, name);
  if (found === undefined) throw failure('install/no-checksum', { file: name, source });
  return found;
}

async function verify(file: string, name: string, expected: string, source: string): Promise<void> {
  const actual = await sha256Of(file);
  if (actual !== expected) throw failure('install/mismatch', { file: name, actual, expected, source });
}
