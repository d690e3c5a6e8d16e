/** Would livekit-server of a version start with a configuration, and what else is to be said of it? */
import type { Finding } from '../core/finding.ts';
import { redact, rememberSecret } from '../core/redact.ts';
import { Facts } from './facts.ts';
import type { FileAccess } from './files.ts';
import { type ReadConfig, readConfig } from './read-config.ts';
import { liveKitRules } from './rules/index.ts';
import { type Problem, type Rule, stages } from './rules/rule.ts';
import { secretsOf } from './secrets.ts';
import { type Parsed, pointerOf } from './yaml/index.ts';

export { parseYaml as parseLiveKit } from './yaml/index.ts';

export interface LintOptions {
  /** As the user named it; for the findings. */
  file?: string;
  /** `1.13.5`. */
  version: string;
  /** The files that the configuration names. Default: none is looked at, and nothing said of them. */
  files?: FileAccess;
  /** The addresses of this host's interfaces. Default: nothing is said of whether an address is one of them. */
  addresses?: () => readonly string[];
  now?: Date;
}

export interface LintResult {
  /** `rejects`: it would end before serving, whatever the network does. */
  verdict: 'starts' | 'rejects';
  findings: Finding[];
  /** The line with which it would end. */
  message?: string;
}

/**
 * Lints one configuration for one version. Never throws: what goes wrong in a rule is a finding of its own.
 * @param input the text, its bytes, or what {@link parseYaml} made of it (to lint for several versions)
 */
export function lintLiveKit(input: string | Uint8Array | Parsed, options: LintOptions): LintResult {
  return applyRules(liveKitRules, readConfig(input, options.version), options);
}

/** What `rules` say of a configuration that was read, and the verdict that follows. */
export function applyRules(rules: readonly Rule[], read: ReadConfig, options: LintOptions): LintResult {
  const facts = new Facts(read, options);
  for (const secret of secretsOf(facts)) rememberSecret(secret);
  const found = rules.flatMap((rule) => run(rule, facts).map((problem) => ({ rule, problem })));
  const relevant = withoutEchoes(found, facts);
  const findings = relevant.map(({ rule, problem }) => findingOf(rule, problem, facts, options.file));
  const message = read.message ?? endOf(relevant.map(({ problem }) => problem));
  return message === undefined
    ? { verdict: 'starts', findings }
    : { verdict: 'rejects', findings, message: redact(message) };
}

interface Found {
  rule: Rule;
  problem: Problem;
}

function run(rule: Rule, facts: Facts): Problem[] {
  try {
    return [...rule.run(facts)];
  } catch (error) {
    const message = `the rule ${rule.id} failed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ at: '', severity: 'warning', message, hint: 'this is a bug in bedrud; please report it' }];
  }
}

/**
 * A file of another program, or one that is no mapping, gets one finding; a value that could not be decoded is not missing on top of that.
 */
function withoutEchoes(found: readonly Found[], facts: Facts): Found[] {
  const all = found.find(
    ({ rule: { id }, problem }) =>
      id === 'livekit/foreign-dialect' || (id === 'livekit/wrong-kind' && problem.at === ''),
  );
  if (all !== undefined) return [all];
  const broken = facts.errors.map(({ path }) => path.join('.'));
  const fatal =
    facts.syntax !== undefined || facts.errors.some(({ why }) => why === 'structure' || why === 'value');
  return found.filter(({ problem }) => {
    if (problem.node !== undefined || problem.position !== undefined) return true;
    return !fatal && !broken.some((path) => within(path, problem.at) || within(problem.at, path));
  });
}

function within(path: string, other: string): boolean {
  return path === other || (path !== '' && path.startsWith(`${other}.`));
}

/** What the server prints of the first of several reasons to end. */
function endOf(problems: readonly Problem[]): string | undefined {
  const stops = problems.flatMap(({ stops }) => (stops === undefined ? [] : [stops]));
  const [first] = stops.sort(
    (a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage) || (a.order ?? 0) - (b.order ?? 0),
  );
  return first?.prints;
}

function findingOf(rule: Rule, problem: Problem, facts: Facts, file: string | undefined): Finding {
  const place = facts.place(problem.at);
  const node = problem.node ?? (problem.onKey ? (place?.key ?? place?.node) : place?.node);
  // What is said of the file as a whole stands on no line.
  const position = problem.position ?? (problem.at === '' ? problem.node : node);
  return {
    id: rule.id,
    severity: problem.severity ?? rule.severity,
    message: problem.message,
    hint: problem.hint ?? rule.fix,
    ...(file === undefined ? {} : { file }),
    ...(position === undefined ? {} : { line: position.line, column: position.column }),
    pointer: problem.at === '' ? '' : pointerOf(problem.at.split('.')),
    docs: rule.docs,
  };
}
