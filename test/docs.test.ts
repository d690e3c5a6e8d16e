import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadCommand } from '../src/cli/command.ts';
import { parse } from '../src/cli/program.ts';
import { registry } from '../src/commands/index.ts';

const root = new URL('..', import.meta.url);
const files = ['README.md', 'CONTRIBUTING.md', ...list('docs', '.md'), ...list('templates/ci', '.yaml')];

describe('every command line that is shown can be typed', () => {
  test.each(files)('%s', async (file) => {
    for (const line of commandLines(codeOf(file))) await expectParses(line);
  });

  test('the README shows the tool at work', () => {
    expect(commandLines(codeOf('README.md')).length).toBeGreaterThan(8);
  });

  test('the examples of each command', async () => {
    let examples = 0;
    for (const noun of Object.values(registry)) {
      for (const entry of (await noun.load()).commands) {
        const command = await loadCommand(entry);
        for (const example of command.examples) {
          const [line] = commandLines(example.run);
          expect(line, example.run).toBeDefined();
          await expectParses(line ?? '');
          examples += 1;
        }
      }
    }
    expect(examples).toBeGreaterThan(50);
  });
});

describe('every link to a page of ours leads to one', () => {
  test.each(files.filter((file) => file.endsWith('.md')))('%s', (file) => {
    const text = readFileSync(new URL(file, root), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      const url = new URL(target, new URL(file, root));
      expect(
        () => (target.endsWith('/') || !target.includes('.') ? readdirSync(url) : readFileSync(url)),
        target,
      ).not.toThrow();
    }
  });
});

async function expectParses(line: string): Promise<void> {
  const [, ...argv] = words(line);
  await parse(argv, registry, '0').catch((error: Error) => {
    throw new Error(`${line}\n${error.message}`);
  });
}

/** What stands in a page's fenced blocks; a template is code as a whole. */
function codeOf(file: string): string {
  const text = readFileSync(new URL(file, root), 'utf8');
  if (!file.endsWith('.md')) return text.replace(/entry: (.+)/, '- $1 FILE-THAT-IT-ADDS');
  return [...text.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, body = '']) => body).join('\n');
}

/** The bedrud command lines in `code`, without what the shell does around them. */
function commandLines(code: string): string[] {
  const start =
    /(?:^|\$\(|&& |\| |\$ |yes |run: |npx |- |')(bedrud (?!is )[a-z-][^|<>&;#`)'\n]*(?:'[^'\n]*'[^|<>&;#`)'\n]*)*)/gm;
  return [...code.replaceAll('\\\n', ' ').matchAll(start)]
    .map(([, command = '']) => command.trim())
    .filter((command) => !/\[|\bCOMMAND\b|\.\.\.|…/.test(command));
}

/** Splits as a shell does, as far as quotes go. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''));
}

function list(folder: string, ending: string): string[] {
  return readdirSync(new URL(`${folder}/`, root))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}
