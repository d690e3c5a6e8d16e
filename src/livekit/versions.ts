/** The livekit-server releases this program knows, and how versions compare. */

/**
 * Releases in the version table (schemas/livekit/keys.json), oldest first. Written out, because the table is large
 * and most of what compares versions has no other use for it.
 */
export const knownVersions: readonly string[] = [
  '1.5.0',
  '1.5.1',
  '1.5.2',
  '1.5.3',
  '1.6.0',
  '1.6.1',
  '1.6.2',
  '1.7.0',
  '1.7.1',
  '1.7.2',
  '1.8.0',
  '1.8.2',
  '1.8.3',
  '1.8.4',
  '1.9.0',
  '1.9.1',
  '1.9.2',
  '1.9.3',
  '1.9.4',
  '1.9.6',
  '1.9.7',
  '1.9.8',
  '1.9.9',
  '1.9.10',
  '1.9.11',
  '1.9.12',
  '1.10.0',
  '1.10.1',
  '1.11.0',
  '1.12.0',
  '1.13.0',
  '1.13.1',
  '1.13.2',
  '1.13.3',
  '1.13.4',
  '1.13.5',
];

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

/** The newest known release that isn't newer than `version`; the oldest known one where all are newer. */
export function snapVersion(version: string): string {
  if (knownVersions.includes(version)) return version;
  const older = knownVersions.filter((known) => compareVersions(known, version) < 0);
  return older.at(-1) ?? knownVersions[0] ?? version;
}
