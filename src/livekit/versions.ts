/** The livekit-server releases this program knows, and how versions compare. */
import table from '../../schemas/livekit/keys.json' with { type: 'json' };

/** Releases in the version table, oldest first. */
export const knownVersions: readonly string[] = table.versions;

/** The release that is installed and rendered for when nothing else says which. */
export const pinnedVersion = '1.13.5';

/** `v1.9.0`, `1.9` or `livekit-server version 1.9.0` as `1.9.0`; undefined when there is no version in it. */
export function parseVersion(text: string): string | undefined {
  const [, major, minor, patch] = text.match(/(?:^|[^\d.])v?(\d+)\.(\d+)(?:\.(\d+))?/) ?? [];
  return major === undefined ? undefined : `${Number(major)}.${Number(minor)}.${Number(patch ?? 0)}`;
}

/** Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Is `version` at least `minimum`? */
export function atLeast(version: string, minimum: string): boolean {
  return compareVersions(version, minimum) >= 0;
}
