/** Recreates what operators see, and holds what doctor makes of it against what it should. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import { checks, ownChecks } from '../../src/doctor/checks/index.ts';
import type { Facts } from '../../src/doctor/facts/index.ts';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { type Ran, type RunOptions, run } from '../helpers/run.ts';

export const key = 'APIdoctor';
export const secret = 'a-secret-of-the-doctor-tests-0123456789';

/** A file that is fine, in embedded mode; `livekit` and `server` are more lines of those sections. */
export function config({ server = '', livekit = '' } = {}): string {
  const indent = (lines: string) => lines.replace(/^(?=.)/gm, '  ');
  return `server:
  port: 8090
${indent(server)}
livekit:
  apiKey: ${key}
  apiSecret: ${secret}
  nodeIP: 192.0.2.7
${indent(livekit)}
auth:
  jwtSecret: jwt-secret-of-the-doctor-tests-0123456789
  sessionSecret: session-secret-of-the-doctor-tests-012345
`;
}

/** The lines that make LiveKit external. */
export const external = `external: true
host: wss://livekit.example.com
internalHost: https://livekit.example.com`;

export interface Scenario extends Pick<RunOptions, 'env' | 'stdin' | 'now' | 'columns'> {
  /** By name, in a directory of their own; config.yaml is a good one unless it is here. */
  files?: Record<string, string>;
  args?: string[];
  /** Talk to servers; otherwise with --offline. */
  live?: boolean;
}

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** @returns a directory with these files, by name */
export function writeScenario(files: Record<string, string>): string {
  const cwd = mkdtempSync(join(tmpdir(), 'bedrud-doctor-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

/** Runs doctor in a scenario. */
export async function doctor(scenario: Scenario, ...more: string[]): Promise<Ran> {
  const cwd = writeScenario({ 'config.yaml': config(), ...scenario.files });
  directories.push(cwd);
  const { args = [], env, stdin, now, live, columns } = scenario;
  return run(['doctor', ...(live ? [] : ['--offline']), ...args, ...more], {
    ...{ env, stdin, now, cwd, columns },
    tty: columns !== undefined,
  });
}

/** The findings of one check. */
export function findingsOf(ran: Ran, id: string): Finding[] {
  const { checks } = ran.json<Diagnosis>();
  return checks.find((check) => check.id === id)?.findings ?? [];
}

interface Expected extends Partial<Omit<Finding, 'message' | 'hint'>> {
  message: RegExp;
  /** What it says to do. */
  hint: RegExp;
}

/** Runs `body` with the checks of an id doing nothing. */
export async function switchedOff<T>(id: string, body: () => Promise<T>): Promise<T> {
  const silenced = checks
    .filter((check) => check.id === id)
    .map((check) => vi.spyOn(check, 'run').mockReturnValue([]));
  try {
    return await body();
  } finally {
    for (const spy of silenced) spy.mockRestore();
  }
}

/**
 * A test that recreates a symptom and sees the check `id` name it, with the next step and the exit status; and that
 * would fail if the check did nothing.
 */
export function recreates(
  id: string,
  symptom: string,
  scenario: Scenario | (() => Scenario | Promise<Scenario>),
  expected: Expected,
): void {
  test(`${id}: ${symptom}`, async () => {
    const given = typeof scenario === 'function' ? await scenario() : scenario;
    const ran = await doctor(given, '--json', '--fail-on', expected.severity ?? 'error');
    const { message, hint, ...rest } = expected;
    const named = expect.objectContaining({
      severity: 'error',
      ...rest,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(ran.stderr).not.toMatch(/error/i);
    expect(findingsOf(ran, id)).toContainEqual(named);
    expect(ran.status).toBe(1);
    const without = await switchedOff(id, () => doctor(given, '--json', '--only', id));
    expect(findingsOf(without, id)).not.toContainEqual(named);
  });
}

/** A test that the check `id` has nothing to say about something that looks like its symptom. */
export function staysSilent(id: string, about: string, scenario: Scenario): void {
  test(`${id} is silent: ${about}`, async () => {
    const ran = await doctor(scenario, '--json', '--only', id);
    expect(ran.json<Diagnosis>().checks).toEqual([
      expect.objectContaining({ id, status: 'pass', findings: [] }),
    ]);
  });
}

/** As {@link recreates}, for facts that a test can't bring about: the check gets them as given. */
export function sees(id: string, symptom: string, facts: Partial<Facts>, expected: Expected): void {
  test(`${id}: ${symptom}`, () => {
    const check = ownChecks.find((candidate) => candidate.id === id);
    const { message, hint, severity = 'error' } = expected;
    const found = check
      ?.run(facts as Facts)
      .map((seen) => ({ severity: check.severity, hint: check.fix, ...seen }));
    expect(found).toContainEqual(
      expect.objectContaining({
        severity,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
  });
}
