/** Rewrites a LiveKit configuration for another release: what must change, and nothing else. */
import type { Finding } from '../../core/finding.ts';
import { lintLiveKit } from '../lint.ts';
import { readConfig } from '../read-config.ts';
import { parseYaml, type YamlNode } from '../yaml/index.ts';
import { commentsIn, missingFrom } from './comments.ts';
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
export function migrateLiveKit(given: string, { from, to }: { from?: string; to: string }): Migration {
  const findings: Finding[] = [];
  const done: Edit[] = [];
  const undecided = new Set<string>();
  // A byte order mark is no part of the parsed text.
  const { text: source, root: before, empty, error } = parseYaml(given);
  if (before === undefined) {
    return { text: given, findings: empty || error === undefined ? [] : [broken(error)] };
  }
  let text = source;
  let root = before;
  for (let count = 0; count < maxSteps; count += 1) {
    const situation: Situation = { text, root, from, to, undecided };
    const step = firstOf(situation);
    if (step === undefined) break;
    if (step.finding) findings.push({ ...step.finding, ...placeOf(source, done, step.at) });
    if (step.edit === undefined) {
      undecided.add(step.finding?.pointer ?? '');
      continue;
    }
    done.push(step.edit);
    text = applyEdit(text, step.edit);
    const parsed = parseYaml(text);
    // A file that an edit would break is left as it was.
    if (parsed.root === undefined) return { text: given, findings: [notRewritten(step, source, done)] };
    root = parsed.root;
  }
  findings.push(...lostComments(source, before, text, root));
  findings.push(...stillRefused(text, to, findings));
  return { text: source === text ? given : text, findings };
}

function notRewritten({ at, finding }: Step, source: string, done: readonly Edit[]): Finding {
  return {
    id: 'livekit/not-migrated',
    severity: 'error',
    message: `nothing was changed: the file is written in a way that can't be rewritten here${finding ? ` (${finding.message})` : ''}`,
    hint: 'change this by hand, then migrate again',
    ...placeOf(source, done.slice(0, -1), at),
  };
}

/** Why the file would not start as it is now. What is no matter of keys may be mended elsewhere: LIVEKIT_KEYS, say. */
function stillRefused(text: string, to: string, findings: readonly Finding[]): Finding[] {
  const parseError = readConfig(text, to).message;
  const message = parseError ?? lintLiveKit(text, { version: to }).message;
  const said = parseError !== undefined && findings.some(({ severity }) => severity === 'error');
  if (message === undefined || said) return [];
  return [
    {
      id: 'livekit/not-migrated',
      severity: parseError === undefined ? 'warning' : 'error',
      message: `livekit-server ${to} would still not start with this file: ${message}`,
      hint: 'mend this by hand; bedrud livekit lint says more',
    },
  ];
}

function lostComments(source: string, before: YamlNode, text: string, after: YamlNode): Finding[] {
  return missingFrom(commentsIn(text, after), commentsIn(source, before)).map((comment) => ({
    id: 'livekit/lost-comment',
    severity: 'info',
    message: `a comment went with the key it stood at: ${comment.text}`,
    hint: 'write it where it belongs now',
    ...placeOf(source, [], comment.offset),
  }));
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
