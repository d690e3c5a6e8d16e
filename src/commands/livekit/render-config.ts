import { resolve } from 'node:path';
import { defineCommand, type Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { Rendered } from '../../livekit/render/index.ts';
import { renderForCommand } from './rendered.ts';

/** The API secret is in the file. */
const ownerOnly = 0o600;

export const renderConfig = defineCommand({
  path: 'livekit render-config',
  summary: "write LiveKit's configuration from Bedrud's",
  description:
    'Prints the file that `bedrud serve` would start livekit-server with, API secret included. Findings go to stderr.',
  parameters: {
    for: text('--for <version>', 'the livekit-server release it is for', {
      fallbackText: 'livekit.version, then the binary on this host, then the pinned release',
    }),
    out: text('--out <file>', 'write it there instead, readable by its owner only'),
    diff: text(
      '--diff <file>',
      'print what would change in this file, secrets masked; exit with 1 if anything',
    ),
  },
  examples: [
    { run: 'bedrud livekit render-config', does: 'for the livekit-server that is installed' },
    { run: 'bedrud livekit render-config --for 1.9.0 --out livekit.yaml', does: 'for another host' },
    {
      run: 'bedrud livekit render-config --diff /etc/livekit.yaml',
      does: 'is the file still what it should be?',
    },
  ],
  async run(input, context) {
    if (input.out !== undefined && input.diff !== undefined) {
      throw failure('usage/invalid', {
        problem: '--out and --diff exclude each other',
        hint: 'look at the difference first, then write',
      });
    }
    const { rendered, findings } = await renderForCommand(context, input.for);
    if (input.diff !== undefined) return compare(input.diff, rendered, findings, context);
    const data = { config: rendered.config, findings };
    if (input.out === undefined) return { data, text: rendered.yaml, findings };
    const { replaceFile } = await import('../../core/files.ts');
    await replaceFile(resolve(context.cwd, input.out), rendered.yaml, ownerOnly);
    context.notice(`wrote ${input.out}`);
    return { data: { file: input.out, findings }, text: '', findings };
  },
});

async function compare(
  file: string,
  { yaml }: Rendered,
  findings: Finding[],
  context: Context,
): Promise<Outcome> {
  const [{ readTextFile }, { maskedDiff }] = await Promise.all([
    import('../../core/files.ts'),
    import('../shared/masked-diff.ts'),
  ]);
  const present = await readTextFile(resolve(context.cwd, file));
  const diff = maskedDiff(file, present, yaml);
  const data = { file, same: diff === '', diff, findings };
  return { data, text: diff, findings, ...(diff === '' ? {} : { status: 1 }) };
}
