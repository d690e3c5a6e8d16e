import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { config } from '../doctor/recreate.ts';
import { type Ran, run } from '../helpers/run.ts';

const wrong = config({ livekit: 'turn: {enabled: perhaps}' });
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bedrud-watch-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** A watch that goes on until everything in `steps` has been seen; each may do something when it is. */
async function watched(
  steps: { sees: string; does?(): void }[],
  { args = [], onStderr }: { args?: string[]; onStderr?(text: string): void } = {},
): Promise<Ran> {
  const ended = new AbortController();
  // A step that is never seen must not leave a watch behind.
  const patience = setTimeout(() => ended.abort(), 30_000);
  const waiting = [...steps];
  let heard = '';
  const onStdout = (text: string) => {
    heard += text;
    while (waiting[0] && heard.includes(waiting[0].sees)) {
      heard = heard.slice(heard.indexOf(waiting[0].sees) + waiting[0].sees.length);
      waiting.shift()?.does?.();
    }
    if (waiting.length === 0) ended.abort();
  };
  const words = ['doctor', '--offline', '--only', 'config/valid', '--watch', ...args];
  const ran = await run(words, { cwd, terminate: ended.signal, onStdout, onStderr, env: { PATH: '' } });
  clearTimeout(patience);
  expect(waiting).toEqual([]);
  return ran;
}
const write = (text: string) => writeFileSync(join(cwd, 'config.yaml'), text);

test('says what changed when a file does, and ends with the status of the last look', async () => {
  write(wrong);
  const mended = await watched([
    { sees: '1 error', does: () => write(config()) },
    { sees: 'mended  livekit.turn.enabled' },
    { sees: 'nothing wrong' },
  ]);
  expect(mended.status).toBe(0);
  write(config());
  const broken = await watched([
    { sees: 'nothing wrong', does: () => write(wrong) },
    { sees: 'error   livekit.turn.enabled' },
    { sees: '1 error' },
  ]);
  expect(broken.status).toBe(1);
}, 60_000);

test('prints a line of JSON for each look that found something new', async () => {
  write(wrong);
  const ran = await watched(
    [{ sees: '"appeared":[{', does: () => write(config()) }, { sees: '"mended":[{' }],
    { args: ['--json'] },
  );
  const [first, second] = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ appeared: [{ id: 'config/wrong-type' }], mended: [], summary: { fail: 1 } });
  expect(second).toMatchObject({ appeared: [], mended: [{ id: 'config/wrong-type' }], summary: { fail: 0 } });
}, 60_000);

test('looks from time to time, and waits for a file that is gone', async () => {
  write(wrong);
  const livekit = join(cwd, 'livekit.yaml');
  writeFileSync(livekit, 'port: 7880\n');
  const ran = await watched([{ sees: '1 error', does: () => rmSync(livekit) }, { sees: 'nothing wrong' }], {
    args: ['--livekit-config', 'livekit.yaml', '--interval', '50ms'],
    onStderr: (text) => {
      if (!text.includes('no such file')) return;
      writeFileSync(livekit, 'port: 7880\n');
      write(config());
    },
  });
  expect(ran.stderr).toContain('livekit.yaml: no such file');
}, 60_000);

test.each([
  [['--token', '-'], 'standard input can be read once only'],
  [['--baseline', 'x.json'], 'a baseline is for single runs'],
  [['--format', 'sarif'], 'there is no sarif without an end'],
])('refuses %j', async (args, problem) => {
  const ran = await run(['doctor', '--watch', ...args], { cwd });
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain(problem);
});
