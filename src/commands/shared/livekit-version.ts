import type { Context } from '../../cli/context.ts';
import type { Config } from '../../config/index.ts';
import { Failure, failure } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { compareVersions, knownVersions, parseVersion, pinnedVersion } from '../../livekit/versions.ts';

export interface Target {
  version: string;
  from: '--for' | 'livekit.version' | 'the binary' | 'the pinned release';
  findings: Finding[];
}

/**
 * The livekit-server release to work for: `asked`, else livekit.version, else what the binary on this host says it
 * is, else the release this bedrud is made for.
 * @param asked the value of --for
 * @throws Failure `usage/invalid` when `asked` is no version
 */
export async function targetVersion(context: Context, config: Config, asked?: string): Promise<Target> {
  if (asked !== undefined) return known(release(asked, '--for'), '--for');
  const { version } = config.livekit;
  if (version !== undefined) return known(release(version, 'livekit.version'), 'livekit.version');
  const { findBinary, binaryVersion } = await import('../../sfu/binary.ts');
  try {
    const binary = await findBinary({
      configured: config.livekit.binary,
      env: context.env,
      cwd: context.cwd,
    });
    if (binary) return known(await binaryVersion(binary.path), 'the binary');
  } catch (error) {
    // What to work for is still decided; that the binary can't run is for whoever runs it to say in full.
    if (!(error instanceof Failure)) throw error;
    const finding: Finding = {
      id: error.code,
      severity: 'warning',
      message: error.message,
      hint: error.hint,
    };
    return { version: pinnedVersion, from: 'the pinned release', findings: [finding] };
  }
  return { version: pinnedVersion, from: 'the pinned release', findings: [] };
}

/** `text` as a release. @param name the option it was given to @throws Failure `usage/invalid` */
export function release(text: string, name: string): string {
  const version = /^v?\d+\.\d+(\.\d+)?$/.test(text) ? parseVersion(text) : undefined;
  if (version !== undefined) return version;
  throw failure('usage/invalid', {
    problem: `${name}: "${text}" is not a livekit-server release`,
    hint: 'write it as 1.13.5',
  });
}

function known(version: string, from: Target['from']): Target {
  const oldest = knownVersions[0] ?? version;
  const newest = knownVersions.at(-1) ?? version;
  if (compareVersions(version, oldest) >= 0 && compareVersions(version, newest) <= 0) {
    return { version, from, findings: [] };
  }
  const finding: Finding = {
    id: 'version/unknown',
    severity: 'warning',
    message: `bedrud knows livekit-server ${oldest} to ${newest}, not ${version} (from ${from}): it goes by the nearest`,
    hint: 'a newer bedrud may know it',
  };
  return { version, from, findings: [finding] };
}
