import { type CommandGroup, defineCommand } from '../cli/command.ts';
import { version } from '../core/version.ts';

const show = defineCommand({
  path: 'version',
  summary: 'print the versions of bedrud and Node.js',
  examples: [{ run: 'bedrud version --json', does: 'for a bug report' }],
  run() {
    const data = {
      bedrud: version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    return { data, text: `bedrud ${data.bedrud} (Node.js ${data.node}, ${data.platform})` };
  },
});

export default { summary: show.summary, commands: [show] } satisfies CommandGroup;
