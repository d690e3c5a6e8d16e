import { describe, expect, test } from 'vitest';
import { registry } from '../../src/commands/index.ts';
import { run } from '../helpers/run.ts';

describe('the command line', () => {
  test.each([
    { argv: ['kick'], problem: 'there is no command "kick"', hint: 'did you mean bedrud room kick?' },
    {
      argv: ['list'],
      problem: 'there is no command "list"',
      hint: 'did you mean bedrud room list or bedrud recording list?',
    },
    { argv: ['verison'], problem: 'there is no command "verison"', hint: 'did you mean bedrud version?' },
    { argv: ['version', '--colr'], problem: "unknown option '--colr'", hint: 'bedrud version --help' },
    { argv: ['version', '--format', 'sarif'], problem: 'Allowed choices are text, json', hint: '--help' },
    { argv: ['room', 'mute', 'r', '--kind', 'x'], problem: 'Allowed', hint: 'bedrud room mute --help' },
    { argv: ['version', 'extra'], problem: 'Expected 0 arguments but got 1', hint: '--help' },
  ])('$argv is a usage error', async ({ argv, problem, hint }) => {
    const ran = await run(argv);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain(problem);
    expect(ran.stderr).toContain(hint);
  });

  test('a usage error is a JSON document when JSON was asked for', async () => {
    const ran = await run(['--json', 'verison']);
    expect(ran.status).toBe(2);
    expect(ran.json()).toEqual({
      error: {
        code: 'usage/invalid',
        message: 'there is no command "verison"',
        hint: 'did you mean bedrud version?',
      },
    });
  });

  test('options may stand before the command', async () => {
    const ran = await run(['--json', 'version']);
    expect(ran.status).toBe(0);
    expect(ran.json()).toMatchObject({ node: process.versions.node });
  });

  test.each(Object.entries(registry))('%s is called the same in both helps', async (_, entry) => {
    expect((await entry.load()).summary).toBe(entry.summary);
  });

  test.each([[], ['--help'], ['version', '--help']])('%s %s prints help on stdout', async (...argv) => {
    const ran = await run(argv);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toContain('Usage: bedrud');
  });
});
