import { defineCommand, findingFormats } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { choice, failOn, manyArguments, texts } from '../../cli/parameters.ts';
import { pinnedVersion } from '../../livekit/versions.ts';
import { release, targetVersion } from '../shared/livekit-version.ts';

export const lint = defineCommand({
  path: 'livekit lint',
  summary: 'say whether livekit-server would start with a file, and what else is wrong with it',
  description: `Reads each file as livekit-server of each version does and says whether it would start with it on this host, what it would print if not, and what to write instead. Redis, STUN and DNS are no part of the verdict. Without --for it is livekit.version of bedrud's configuration, else the version of the livekit-server found here, or ${pinnedVersion}. Files of the egress service and compose files are recognised by their keys; in a compose file, LIVEKIT_CONFIG, EGRESS_CONFIG_BODY, --config-body and mounted configs are linted where they stand, for the release in the image's tag unless --for is given.`,
  parameters: {
    files: manyArguments(
      'FILE',
      'a configuration, a directory of .yaml and .yml files, or - for standard input',
    ),
    for: texts('--for <version>', 'a livekit-server version; several between commas'),
    kind: choice('--kind <kind>', 'what the files are for (default: auto)', [
      'livekit',
      'egress',
      'compose',
      'auto',
    ]),
    failOn,
  },
  examples: [
    { run: 'bedrud livekit lint livekit.yaml', does: 'for the livekit-server of this host' },
    { run: 'bedrud livekit lint --for 1.9.12,1.13.5 livekit.yaml', does: 'before an upgrade' },
    { run: 'bedrud livekit lint --format github config/', does: 'every file of a directory, in CI' },
  ],
  formats: findingFormats,
  async run(input, context) {
    const versions = input.for.map((text) => release(text, '--for'));
    const { lintFiles } = await import('./lint-files.ts');
    return versions.length > 0
      ? lintFiles({ ...input, versions, preferImage: false }, context)
      : lintFiles({ ...input, versions: [await versionHere(context)], preferImage: true }, context);
  },
});

/** livekit.version of bedrud's configuration, or else what the livekit-server here says, as for rendering. */
async function versionHere(context: Context): Promise<string> {
  // Reading it takes longer than linting, and --for does without.
  const { configOf } = await import('../shared/config.ts');
  const { config } = await configOf(context);
  const { version, from, findings } = await targetVersion(context, config);
  for (const { message } of findings) context.notice(message);
  if (from !== 'the binary') context.notice(`linting for ${version}, from ${from}`);
  return version;
}
