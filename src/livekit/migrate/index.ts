/** Rewrites a LiveKit configuration for another release: what must change, and nothing else. */
import type { Finding } from '../../core/finding.ts';
import { readConfig } from '../read-config.ts';
import { parseYaml } from '../yaml/index.ts';
import { applyEdit, type Edit } from './edit.ts';
import type { Situation, Step } from './step.ts';
import { steps } from './steps.ts';

export interface Migration {
  text: string;
  /**
   * What was changed (info), what is lost by it (warning), and what has to be decided by a person (error). Lines
   * are those of the text that was given.
   */
  findings: Finding[];
}

/** More than any file needs; each step changes one key. */
const maxSteps = 2_000;

/**
 * @param to the release that shall read it
 * @param from the one that reads it now; undefined: unknown
 */
export function migrateLiveKit(source: string, { from, to }: { from?: string; to: string }): Migration {
  const findings: Finding[] = [];
  const done: Edit[] = [];
  const undecided = new Set<string>();
  let text = source;
  for (let count = 0; count < maxSteps; count += 1) {
    const parsed = parseYaml(text);
    if (parsed.error || parsed.root === undefined) {
      if (!parsed.empty && parsed.error) findings.push(broken(parsed.error));
      return { text, findings };
    }
    // A byte order mark is no part of the parsed text.
    if (text !== parsed.text) text = parsed.text;
    const situation: Situation = { text, root: parsed.root, from, to, undecided };
    const step = firstOf(situation);
    if (step === undefined) break;
    if (step.finding) findings.push({ ...step.finding, ...placeOf(source, done, step.at) });
    if (step.edit === undefined) undecided.add(step.finding?.pointer ?? '');
    else {
      done.push(step.edit);
      text = applyEdit(text, step.edit);
    }
  }
  const { message } = readConfig(text, to);
  if (message !== undefined && findings.every(({ severity }) => severity !== 'error')) {
    findings.push({
      id: 'livekit/not-migrated',
      severity: 'error',
      message: `livekit-server ${to} would still not start with this file: ${message}`,
      hint: 'mend this by hand; bedrud livekit lint says more',
    });
  }
  return { text, findings };
}

function firstOf(situation: Situation): Step | undefined {
  for (const next of steps) {
    const step = next(situation);
    if (step !== undefined) return step;
  }
  return undefined;
}

function broken(error: { message: string; line: number; column: number }): Finding {
  return {
    id: 'livekit/yaml-syntax',
    severity: 'error',
    message: `nothing was changed: the file is not valid YAML: ${error.message}`,
    hint: 'mend this first; bedrud livekit lint shows the line',
    line: error.line,
    column: error.column,
  };
}

/** Where `offset` of the text as it is after `done` was in `source`; 1-based. */
function placeOf(source: string, done: readonly Edit[], offset: number): { line: number; column: number } {
  let at = offset;
  for (const { start, end, text } of done.toReversed()) {
    if (at >= start + text.length) at += end - start - text.length;
    else if (at > start) at = start;
  }
  const before = source.slice(0, at);
  return { line: before.split('\n').length, column: at - (before.lastIndexOf('\n') + 1) + 1 };
}
