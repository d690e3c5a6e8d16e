import type { Context } from '../../cli/context.ts';
import { parseVersion } from '../../livekit/versions.ts';
import type { Installed } from '../../sfu/install.ts';

/**
 * Puts a release of livekit-server into the cache, with its progress on stderr.
 * @param release as people write it: `1.13.5`, `v1.13.5`
 * @throws Failure as {@link ../../sfu/install.ts installRelease}
 */
export async function downloadRelease(
  release: string,
  context: Context,
  options: { sha256?: string | undefined; mirror?: string | undefined } = {},
): Promise<Installed> {
  const [{ installRelease }, { releasesUrl }, { cacheDirectory }] = await Promise.all([
    import('../../sfu/install.ts'),
    import('../../sfu/release.ts'),
    import('../../sfu/cache.ts'),
  ]);
  const version = parseVersion(release) ?? release;
  const what = `livekit-server ${version}`;
  // It may be in the cache already: that is said once there is something to download.
  const progress = await context.progress(`installing ${what}`);
  try {
    const installed = await installRelease({
      version,
      sha256: options.sha256,
      baseUrl: options.mirror ?? releasesUrl,
      cacheDir: cacheDirectory(context.env),
      env: context.env,
      signal: context.signal,
      onProgress: (done, total) => progress.update(`downloading ${what} ${bar(done, total)}`),
    });
    progress.stop();
    return installed;
  } catch (error) {
    progress.fail(`installing ${what}`);
    throw error;
  }
}

const barWidth = 24;

/** `[########                ] 8.1 of 24.3 MB`. */
function bar(done: number, total: number | undefined): string {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  if (total === undefined || total === 0) return `${mb(done)} MB`;
  const filled = Math.round((barWidth * done) / total);
  return `[${'#'.repeat(filled).padEnd(barWidth)}] ${mb(done)} of ${mb(total)} MB`;
}
