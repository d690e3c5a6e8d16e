/** A diagnosis as Markdown, to paste into an issue: what it is of, and what was found. */
import type { Finding } from '../core/finding.ts';
import { redact } from '../core/redact.ts';
import { version } from '../core/version.ts';
import { type Area, areas } from './check.ts';
import type { Diagnosis } from './index.ts';
import { plural } from './report.ts';
import type { Setup } from './setup.ts';

export function markdownReport({ checks, summary, setup }: Diagnosis): string {
  const found = (Object.keys(areas) as Area[]).flatMap((area) => {
    const findings = checks.filter((check) => check.area === area).flatMap((check) => check.findings);
    return findings.length === 0 ? [] : [`### ${areas[area]}\n\n${findings.map(item).join('')}`];
  });
  const skipped = checks.filter(({ status }) => status === 'skip');
  const reasons = skipped.map(({ id, reason = '' }) => `- \`${id}\`: ${plain(reason)}\n`).join('');
  const parts = [
    '## bedrud doctor\n',
    setup ? facts(setup) : '',
    found.length === 0 ? 'Nothing was found.\n' : found.join('\n'),
    `${plural(summary.pass, 'check')} passed, ${skipped.length} skipped, ${plural(summary.accepted, 'finding')} accepted by a baseline.\n`,
    setup ? folded(`Configuration: ${setup.file ?? 'no file'}`, fenced(setup.config)) : '',
    setup?.livekitConfig
      ? folded(`Keys of ${setup.livekitConfig.name}`, fenced(setup.livekitConfig.keys.join('\n')))
      : '',
    skipped.length === 0 ? '' : folded('Skipped', reasons),
  ];
  return redact(parts.filter((part) => part !== '').join('\n'));
}

function facts({ livekit, external, services }: Setup): string {
  const rows = [
    ['bedrud', version],
    ['Node.js', process.versions.node],
    ['platform', `${process.platform}-${process.arch}`],
    ['livekit-server', livekit ? `${livekit.version} (${livekit.from})` : 'unknown'],
    ['mode', external ? 'external' : 'embedded'],
    ...services.map(({ name, image }) => [`service ${name}`, image]),
  ];
  const lines = rows.map((cells) => `| ${cells.map((cell) => plain(cell ?? '')).join(' | ')} |\n`);
  return `| | |\n| --- | --- |\n${lines.join('')}`;
}

function item({ id, severity, message, hint, file, line, column }: Finding): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const where = place === '' ? '' : ` — ${code(place)}`;
  const step = hint === undefined ? '' : `  → ${plain(hint)}\n`;
  return `- **${severity}** ${plain(message)} (\`${id}\`)${where}  \n${step}`;
}

/** Words of others, which may look like Markdown, like a mention or like HTML. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|#@~]/g, (character) => (character === '@' ? '@\u200b' : `\\${character}`));
}

function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replace(/\s+/g, ' ')}${fence}`;
}

/** Closed by a fence that is longer than any inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}yaml\n${text.trimEnd()}\n${fence}\n`;
}

function folded(title: string, body: string): string {
  return `<details><summary>${plain(title)}</summary>\n\n${body}\n</details>\n`;
}
