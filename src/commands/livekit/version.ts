import { defineCommand } from '../../cli/command.ts';
import { Failure } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { knownVersions, pinnedVersion } from '../../livekit/versions.ts';
import { configOf } from '../shared/config.ts';
import { targetVersion } from '../shared/livekit-version.ts';

export const version = defineCommand({
  path: 'livekit version',
  summary: 'say which livekit-server was found, and which release bedrud works for',
  examples: [{ run: 'bedrud livekit version', does: 'before a bug report or an upgrade' }],
  async run(_, context) {
    const { config } = await configOf(context);
    const { findBinary, binaryVersion } = await import('../../sfu/binary.ts');
    const findings: Finding[] = [];
    const found = await (async () => {
      const binary = await findBinary({
        configured: config.livekit.binary,
        env: context.env,
        cwd: context.cwd,
      });
      return binary && { ...binary, version: await binaryVersion(binary.path) };
    })().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      findings.push({ id: error.code, severity: 'error', message: error.message, hint: error.hint });
      return undefined;
    });
    const target = await targetVersion(context, config);
    const data = {
      binary: found ?? null,
      target: { version: target.version, from: target.from },
      pinned: pinnedVersion,
      known: { oldest: knownVersions[0], newest: knownVersions.at(-1) },
      findings,
    };
    const lines = [
      found
        ? `livekit-server ${found.version} at ${found.path} (${found.source})`
        : 'no livekit-server that runs here was found',
      `working for ${target.version} (${target.from}); this bedrud is made for ${pinnedVersion} and knows ${data.known.oldest} to ${data.known.newest}`,
    ];
    return { data, text: lines.join('\n'), findings };
  },
});
