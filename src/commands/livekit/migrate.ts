import { resolve } from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import { argument, flag, text } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import { rewriteFile } from '../../core/rewrite.ts';
import { release } from '../shared/livekit-version.ts';

export const migrate = defineCommand({
  path: 'livekit migrate',
  summary: "rewrite a LiveKit file for another release's keys",
  description:
    'Changes what must change: keys that the release does not have are renamed, moved or removed, and comments and order stay. Prints the difference, secrets masked, unless --write. Exits with 1 when something is left for a person to decide.',
  parameters: {
    file: argument('FILE', "LiveKit's configuration, or - for standard input"),
    to: text('--to <version>', 'the livekit-server release that shall read it'),
    from: text('--from <version>', 'the release that reads it now'),
    write: flag('--write', 'rewrite the file, and keep the old one beside it'),
  },
  examples: [
    { run: 'bedrud livekit migrate livekit.yaml --to 1.13.5', does: 'what an upgrade asks for' },
    { run: 'bedrud livekit migrate livekit.yaml --from 1.9.0 --to 1.13.5 --write', does: 'and do it' },
  ],
  async run(input, context) {
    if (input.to === undefined) {
      throw failure('usage/invalid', {
        problem: '--to is missing',
        hint: 'name the livekit-server release that shall read the file, such as --to 1.13.5',
      });
    }
    if (input.write && input.file === '-') {
      throw failure('usage/invalid', {
        problem: 'standard input cannot be rewritten',
        hint: 'name a file, or leave --write out',
      });
    }
    const to = release(input.to, '--to');
    const from = input.from === undefined ? undefined : release(input.from, '--from');
    const file = resolve(context.cwd, input.file);
    const source = input.file === '-' ? await context.readStdin() : await readTextFile(file);

    const [{ migrateLiveKit }, { maskedDiff }] = await Promise.all([
      import('../../livekit/migrate/index.ts'),
      import('../shared/masked-diff.ts'),
    ]);
    const migrated = migrateLiveKit(source, { to, ...(from === undefined ? {} : { from }) });
    const findings = migrated.findings.map((finding) => ({ ...finding, file: input.file }));
    const diff = maskedDiff(input.file, source, migrated.text);
    const changed = diff !== '';
    const backup =
      input.write && changed ? await rewriteFile(file, source, migrated.text, context.host.now()) : undefined;
    if (backup !== undefined) context.notice(`rewrote ${input.file}; the old one is ${backup}`);
    return {
      data: { file: input.file, from: from ?? null, to, changed, diff, backup: backup ?? null, findings },
      text: input.write ? '' : diff,
      findings,
      sources: new Map([[input.file, source]]),
    };
  },
});
