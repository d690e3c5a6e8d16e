/** What operators copy into their repositories: valid by the schemas of those who read it, and it runs. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { config, key } from './doctor/recreate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => load(readFileSync(join(root, 'templates', file), 'utf8'));
const schemas = join(
  dirname(createRequire(import.meta.url).resolve('schemastore/package.json')),
  'schemas/json',
);

describe('is valid by its schema', () => {
  test.each([
    ['github-action/action.yml', 'github-action.json'],
    ['ci/github-actions.yaml', 'github-workflow.json'],
    [
      'ci/gitlab-ci.yaml',
      'gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json',
    ],
    ['ci/pre-commit-config.yaml', 'pre-commit-config.json'],
  ])('%s', (file, schema) => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // The one schema that another refers to.
    const hooks = JSON.parse(readFileSync(join(schemas, 'pre-commit-hooks.json'), 'utf8'));
    ajv.addSchema(hooks, 'https://json.schemastore.org/pre-commit-hooks.json');
    const validate = ajv.compile(JSON.parse(readFileSync(join(schemas, schema), 'utf8')));
    validate(read(file));
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ runs: 1, jobs: 1, repos: 1, stages: 1 })).toBe(false);
  });
});

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}
interface Action {
  inputs: Record<string, { default: string }>;
  runs: { steps: Step[] };
}

describe('the GitHub Action', () => {
  const { inputs, runs } = read('github-action/action.yml') as Action;
  const step = runs.steps.find(({ id }) => id === 'doctor');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedrud-action-'));
    mkdirSync(join(folder, 'deploy'));
    // What the runner would fetch stands here already.
    writeFileSync(
      join(folder, 'npx'),
      `#!/bin/sh\nshift 2\nexec ${process.execPath} ${join(root, 'bin/bedrud.js')} "$@"\n`,
    );
    chmodSync(join(folder, 'npx'), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the script as GitHub's runner does. */
  function act(given: Record<string, string>) {
    const filled = (expression: string) =>
      expression.replace(
        /\$\{\{ inputs\.([\w-]+) \}\}/g,
        (_, name) => given[name] ?? inputs[name]?.default ?? '',
      );
    const env = Object.entries(step?.env ?? {}).map(([name, value]) => [name, filled(value)]);
    const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    let [status, stdout] = [0, ''];
    try {
      stdout = execFileSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
        cwd: folder,
        env: {
          PATH: `${folder}:${process.env['PATH']}`,
          HOME: folder,
          RUNNER_TEMP: folder,
          ...files,
          ...Object.fromEntries(env),
        },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch (error) {
      const failed = error as { status: number; stdout: string };
      [status, stdout] = [failed.status, failed.stdout];
    }
    const sarif = readFileSync(files.GITHUB_OUTPUT, 'utf8').match(/^sarif=(.*)$/m)?.[1] ?? '';
    return {
      status,
      stdout,
      results: () => JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results,
      summary: () => readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  }

  const livekit =
    'external: true\nhost: wss://livekit.example.com\ninternalHost: https://livekit.example.com';
  const write = (name: string, text: string) => writeFileSync(join(folder, 'deploy', name), text);

  test('annotates, keeps a report, and fails the job', { timeout: 60_000 }, () => {
    write('config.yaml', config({ livekit }));
    write("live kit's.yaml", `keys: {${key}: another-secret-0123456789012345678901}\n`);
    const ran = act({ config: 'deploy/config.yaml', 'livekit-config': "deploy/live kit's.yaml" });
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/^::error file=deploy\/live kit's\.yaml,line=1/m);
    expect(ran.results()).toContainEqual(expect.objectContaining({ ruleId: 'keys/mismatch' }));
    expect(ran.summary()).toContain('## bedrud doctor');
  });

  test('passes where nothing is wrong, and fails where there is nothing to read', { timeout: 60_000 }, () => {
    write('config.yaml', config({ livekit }));
    expect(act({ config: 'deploy/config.yaml' })).toMatchObject({ status: 0 });
    expect(act({ config: 'deploy/gone.yaml' })).toMatchObject({ status: 3 });
  });

  test('hands every input on', () => {
    const used = Object.values(step?.env ?? {}).join();
    const others = ['upload'];
    for (const name of Object.keys(inputs).filter((name) => !others.includes(name)))
      expect(used).toContain(`inputs.${name} `);
    for (const [, name] of (step?.run ?? '').matchAll(/"\$([A-Z_]+)"/g))
      expect([
        ...Object.keys(step?.env ?? {}),
        'RUNNER_TEMP',
        'GITHUB_OUTPUT',
        'GITHUB_STEP_SUMMARY',
      ]).toContain(name);
  });
});
