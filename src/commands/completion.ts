import { type CommandGroup, defineCommand } from '../cli/command.ts';
import { completionScript, shells } from '../cli/completion.ts';
import { choiceArgument } from '../cli/parameters.ts';

const show = defineCommand({
  path: 'completion',
  summary: 'print a completion script for bash, zsh or fish',
  parameters: { shell: choiceArgument('SHELL', 'bash, zsh or fish', shells) },
  examples: [
    { run: 'echo \'eval "$(bedrud completion bash)"\' >> ~/.bashrc', does: 'complete in every new bash' },
    { run: 'bedrud completion fish > ~/.config/fish/completions/bedrud.fish', does: 'complete in fish' },
  ],
  formats: ['text'],
  async run({ shell }, { registry }) {
    return { text: await completionScript(shell, registry) };
  },
});

export default { summary: show.summary, commands: [show] } satisfies CommandGroup;
