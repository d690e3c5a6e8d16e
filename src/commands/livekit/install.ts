import { resolve } from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import { optionalArgument, text } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { pinnedVersion } from '../../livekit/versions.ts';
import type { Installed } from '../../sfu/install.ts';
import { downloadRelease } from '../shared/download-release.ts';
import { release } from '../shared/livekit-version.ts';

export const install = defineCommand({
  path: 'livekit install',
  summary: 'put livekit-server into the cache',
  description: `Downloads LiveKit's own release archive (default: ${pinnedVersion}), checks it against the checksums published with that release, and keeps livekit-server in bedrud's cache, where serve and run find it. An interrupted download goes on where it stopped. HTTPS_PROXY and NO_PROXY are honoured; BEDRUD_CACHE_DIR names another cache.`,
  parameters: {
    version: optionalArgument('VERSION', `the release to install (default: ${pinnedVersion})`),
    archive: text('--archive <file>', 'install from an archive on this host, without any download'),
    sha256: text('--sha256 <hex>', 'the SHA-256 the archive must have'),
    checksums: text('--checksums <file>', 'a checksums.txt of the release, to check --archive against'),
    baseUrl: text('--base-url <url>', 'a mirror of https://github.com/livekit/livekit/releases/download'),
  },
  examples: [
    { run: 'bedrud livekit install', does: 'the release this bedrud is made for' },
    { run: 'bedrud livekit install 1.11.0', does: 'another one' },
    {
      run: 'bedrud livekit install --archive livekit_1.13.5_linux_amd64.tar.gz --checksums checksums.txt',
      does: 'on a host without a way out',
    },
  ],
  async run(input, context) {
    const version = input.version === undefined ? undefined : release(input.version, 'VERSION');
    const sha256 = input.sha256 === undefined ? undefined : hexOf(input.sha256);
    let installed: Installed;
    if (input.archive !== undefined) {
      if (sha256 === undefined && input.checksums === undefined) {
        throw failure('usage/invalid', {
          problem: 'an archive is only installed when its checksum is known',
          hint: 'add --checksums FILE with the checksums.txt of its release, or --sha256 HEX',
        });
      }
      const [{ installArchive }, { cacheDirectory }] = await Promise.all([
        import('../../sfu/install.ts'),
        import('../../sfu/cache.ts'),
      ]);
      const cacheDir = cacheDirectory(context.env);
      const checksums = input.checksums === undefined ? undefined : resolve(context.cwd, input.checksums);
      const archive = resolve(context.cwd, input.archive);
      installed = await installArchive({ archive, version, sha256, checksums, cacheDir });
    } else {
      if (input.checksums !== undefined) {
        throw failure('usage/invalid', {
          problem:
            '--checksums goes with --archive: a download is checked against the checksums of its release',
          hint: 'leave it out, or add --archive FILE',
        });
      }
      installed = await downloadRelease(version ?? pinnedVersion, context, { sha256, mirror: input.baseUrl });
    }
    return {
      data: { ...installed, downloaded: input.archive === undefined && installed.sha256 !== undefined },
      text: `livekit-server ${installed.version} is at ${installed.path}`,
    };
  },
});

function hexOf(word: string): string {
  if (/^[0-9a-f]{64}$/i.test(word)) return word.toLowerCase();
  throw failure('usage/invalid', {
    problem: '--sha256: this is no SHA-256',
    hint: 'give 64 hexadecimal digits, as sha256sum prints them',
  });
}
