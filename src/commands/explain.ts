import { type CommandGroup, defineCommand } from '../cli/command.ts';
import { argument } from '../cli/parameters.ts';
import { failure } from '../core/errors.ts';
import { asSentence, type RuleInfo } from '../core/rule-info.ts';
import { suggest } from '../core/suggest.ts';
import type { Style } from '../report/text/style.ts';
import { checkInfos } from './shared/check-infos.ts';

const explain = defineCommand({
  path: 'explain',
  summary: 'say what a check or a rule is about',
  description: 'Takes an id as a finding shows it in brackets, and prints why it matters and how to mend it.',
  parameters: { id: argument('CHECK-ID', 'such as turn/domain-required') },
  examples: [{ run: 'bedrud explain turn/domain-required', does: 'why, and what to do' }],
  async run({ id }) {
    const infos = await checkInfos();
    const found = infos.find((info) => info.id === id);
    if (found === undefined) {
      const near = suggest(
        id,
        infos.map((info) => info.id),
      );
      const hint = near === undefined ? 'docs/checks.md lists them' : `did you mean ${near}?`;
      throw failure('usage/invalid', { problem: `there is no check ${id}`, hint });
    }
    const { title, severity, why, fix, docs } = found;
    return {
      data: { id, title, severity, why, fix, ...(docs === undefined ? {} : { docs }) },
      text: (style) => page(found, style),
    };
  },
});

function page({ id, title, severity, why, fix, docs }: RuleInfo, style: Style): string {
  const lines = [
    `${style.bold(id)}  ${style[severity](severity)}`,
    asSentence(title),
    '',
    asSentence(why),
    '',
    `${style.dim('→')} ${fix}`,
  ];
  if (docs !== undefined) lines.push('', style.dim(docs));
  return lines.join('\n');
}

export default { summary: explain.summary, commands: [explain] } satisfies CommandGroup;
