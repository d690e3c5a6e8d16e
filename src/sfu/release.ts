/** How LiveKit names what it publishes (its .goreleaser.yaml, 1.5.0 to 1.13.5). */
import { failure } from '../core/errors.ts';

export const releasesUrl = 'https://github.com/livekit/livekit/releases/download';

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'armv7' };

/**
 * The release archive for a host: `livekit_1.13.5_linux_amd64.tar.gz`.
 * @throws Failure `install/unsupported` where LiveKit publishes none
 */
export function archiveName(version: string, host: { platform: string; arch: string }): string {
  const architecture = architectures[host.arch];
  if (host.platform !== 'linux' || architecture === undefined) {
    throw failure('install/unsupported', {
      host: `${host.platform} on ${host.arch}`,
      hint:
        host.platform === 'darwin'
          ? 'brew install livekit, then bedrud finds it on PATH'
          : 'build livekit-server from its sources, and set livekit.binary to its path',
    });
  }
  return `livekit_${version}_linux_${architecture}.tar.gz`;
}

/** The version in an archive's name, if it has such a name. */
export function versionInName(archive: string): string | undefined {
  return archive.match(/^livekit_(\d+\.\d+\.\d+)_/)?.[1];
}

/** Where a release's file is: `…/v1.13.5/checksums.txt`. */
export function releaseFileUrl(baseUrl: string, version: string, file: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/v${version}/${file}`;
}

/** The SHA-256 that a checksums.txt (as `sha256sum` writes it) has for `file`. */
export function checksumFor(checksums: string, file: string): string | undefined {
  for (const line of checksums.split('\n')) {
    const [, sum, name] = line.match(/^([0-9a-fA-F]{64})\s+\*?(\S+)\s*$/) ?? [];
    if (name === file) return sum?.toLowerCase();
  }
  return undefined;
}
