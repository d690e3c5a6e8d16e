/** systemd units: how livekit-server or bedrud is started and restarted where no container runs it. */
import { basename } from 'node:path';
import { readTextFile } from '../../core/files.ts';
import { type FactSource, Missing } from './gather.ts';
import type { NamedText } from './question.ts';

export interface Unit {
  file: string;
  name: string;
  execStart: string;
  restart: string | undefined;
  environment: ReadonlyMap<string, string>;
  /** The line of a directive, `Restart`, or of the whole service section. */
  lineOf(directive: string): number | undefined;
}

/** Where distributions and guides put them; looked at when none is named. */
const usualFiles = ['livekit', 'livekit-server', 'bedrud'].map(
  (name) => `/etc/systemd/system/${name}.service`,
);

export async function readUnits({ question }: FactSource): Promise<Unit[]> {
  const files = question.units.length > 0 ? question.units : await presentOf(usualFiles);
  if (files.length === 0)
    throw new Missing('no systemd unit of LiveKit or bedrud on this host (--unit FILE)');
  return files.map(({ file, text }) => parseUnit(file, text));
}

async function presentOf(files: readonly string[]): Promise<NamedText[]> {
  const read = files.map((file) =>
    readTextFile(file).then(
      (text) => [{ file, text }],
      () => [],
    ),
  );
  return (await Promise.all(read)).flat();
}

function parseUnit(file: string, text: string): Unit {
  const lines = new Map<string, number>();
  const values = new Map<string, string>();
  const environment = new Map<string, string>();
  let section = '';
  for (const { line, number } of logicalLines(text)) {
    const [, header] = line.match(/^\s*\[(.+)\]\s*$/) ?? [];
    if (header !== undefined) {
      section = header;
      lines.set(`[${header}]`, number);
    }
    const [, name, value = ''] = line.match(/^\s*([A-Za-z]+)\s*=\s*(.*)$/) ?? [];
    if (section !== 'Service' || name === undefined) continue;
    if (name === 'Environment')
      for (const [variable, content] of assignments(value)) environment.set(variable, content);
    else values.set(name, value.trim());
    lines.set(name, number);
  }
  return {
    file,
    name: basename(file),
    execStart: values.get('ExecStart') ?? '',
    restart: values.get('Restart'),
    environment,
    lineOf: (directive) => lines.get(directive) ?? lines.get('[Service]'),
  };
}

/** Lines, each with the number of its first; a backslash at its end continues one. */
function* logicalLines(text: string): Iterable<{ line: string; number: number }> {
  let open: { line: string; number: number } | undefined;
  for (const [i, physical] of text.split('\n').entries()) {
    const { line, number } = { line: (open?.line ?? '') + physical, number: open?.number ?? i + 1 };
    open = line.endsWith('\\') ? { line: `${line.slice(0, -1)} `, number } : undefined;
    if (open === undefined) yield { line, number };
  }
}

/** `A=1 "B=two words"`. */
function assignments(text: string): [string, string][] {
  return (text.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => {
    const plain = word.replace(/^(["'])(.*)\1$/, '$2');
    const at = plain.indexOf('=');
    return at < 0 ? [plain, ''] : [plain.slice(0, at), plain.slice(at + 1)];
  });
}
