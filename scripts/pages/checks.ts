import { asSentence, type RuleInfo } from '../../src/core/rule-info.ts';
import { type Area, areas } from '../../src/doctor/check.ts';
import { ownChecks } from '../../src/doctor/checks/index.ts';
import { egressRules } from '../../src/livekit/rules/egress/index.ts';
import { liveKitRules } from '../../src/livekit/rules/index.ts';

/** docs/checks.md, from the checks' own words. */
export function checksPage(): string {
  const sections = (Object.keys(areas) as Area[]).map((area) => {
    const own = [...new Map(ownChecks.map((check) => [check.id, check])).values()].filter(
      (check) => check.area === area,
    );
    return `## ${areas[area]}\n\n${own.map(entry).join('\n')}`;
  });
  return `# Checks

<!-- Made by npm run generate from src/doctor/checks and src/livekit. -->

What \`bedrud doctor\` looks for, in the order in which things have to work. \`bedrud explain ID\` prints one of these.
\`--only\` and \`--skip\` take ids, or what stands before the slash.

${sections.join('\n')}
## What lint finds in a file

\`bedrud livekit lint\` (see [lint.md](lint.md)) goes by the file alone. Of what the doctor looks at as well, only the id is listed.

${lintRules().map(lintEntry).join('\n')}

[coverage.md](coverage.md) lists the tests of each.
`;
}

/** Each rule once, whichever files it is for. */
const lintRules = (): RuleInfo[] => [...new Set<RuleInfo>([...liveKitRules, ...egressRules])];

function lintEntry(rule: RuleInfo): string {
  if (ownChecks.some(({ id }) => id === rule.id))
    return `- [${rule.id}](#${rule.id.replace('/', '')}): ${rule.title}.\n`;
  return entry(rule);
}

function entry({ id, title, severity, why, fix }: RuleInfo): string {
  return `### ${id}\n\n${asSentence(title)} (${severity})\n\n${asSentence(why)}\n\nTo mend it: ${asSentence(fix)}\n`;
}
