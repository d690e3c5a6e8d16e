import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../helpers/needs.ts';
import { run } from '../helpers/run.ts';

describe('bedrud completion', () => {
  test.each([
    { line: 'bedrud versi', offers: ['version'] },
    { line: 'bedrud completion b', offers: ['bash'] },
    { line: 'bedrud --json version --ver', offers: ['--verbose'] },
  ])('bash completes "$line"', async ({ line, offers }) => {
    const { stdout } = await run(['completion', 'bash']);
    const script = `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _bedrud; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const words = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n');
    expect(words).toEqual(offers);
  });

  test.skipIf(!findProgram('zsh'))('zsh reads its script', async () => {
    const { stdout } = await run(['completion', 'zsh']);
    execFileSync('zsh', ['-f', '-n'], { input: stdout });
  });

  test('fish gets a rule for each command', async () => {
    const { stdout } = await run(['completion', 'fish']);
    expect(stdout).toMatch(/^complete -c bedrud -n '__bedrud_at ' -f -a version -d 'print the versions/m);
  });

  test('there is no script in JSON', async () => {
    const ran = await run(['--json', 'completion', 'bash']);
    expect(ran.status).toBe(2);
    expect(ran.json().error.message).toBe('bedrud completion does not answer in json');
  });

  test('another shell is a usage error', async () => {
    expect(await run(['completion', 'tcsh'])).toMatchObject({ status: 2, stdout: '' });
  });
});
