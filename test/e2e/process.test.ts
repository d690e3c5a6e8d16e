/** How the process itself ends, whatever its command does. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

/** Runs the built program after `before`, code that changes what it finds. */
function run(before: string, ...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const preload = `data:text/javascript,${encodeURIComponent(before)}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', preload, program, ...argv], (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Its answer is never taken, and `meanwhile` happens instead. */
const stuck = (meanwhile = '') => `
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...more) => {
    if (!text.includes('0.')) return write(text, ...more);
    ${meanwhile}
    return false;
  };
`;

test.each([
  [[], 'stderr'],
  [['--json'], 'stdout'],
] as const)(
  'a command that nothing keeps going is a bug, not a success %s',
  { timeout: 30_000 },
  async (options, where) => {
    const { status, [where]: said } = await run(stuck(), 'version', ...options);
    expect(status).toBe(70);
    expect(said).toContain('it stopped half-way');
  },
);

test('what escapes every handler ends with a message, not a stack trace', { timeout: 30_000 }, async () => {
  const thrown = "setImmediate(() => { throw new Error('out of nowhere'); });";
  const { status, stderr } = await run(stuck(thrown), 'version');
  expect(status).toBe(70);
  expect(stderr).toContain('out of nowhere');
  expect(stderr).not.toContain('    at ');
});

test('a reader who stops early is no failure', { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, [program, 'config', 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr).toBe('');
});
