/** How a check is declared: one object, a pure function of facts with the words that explain it. */
import type { Finding, Severity } from '../core/finding.ts';
import type { FactName, Facts } from './facts/index.ts';
import type { Mend } from './mends/mend.ts';

/** The parts of a set-up, in the order in which they have to work; reports are grouped by them. */
export const areas = {
  configuration: 'Configuration',
  start: 'Start-up',
  network: 'Reachability',
  media: 'Media and TURN',
  tokens: 'Tokens',
  rooms: 'Webhooks and rooms',
  recording: 'Recording',
} as const;
export type Area = keyof typeof areas;

/** What a check says of one thing that is wrong; the runner adds what its declaration says already. */
export type Observation = Omit<Finding, 'id' | 'severity' | 'docs'> & {
  severity?: Severity;
  /** Of the rule whose finding the check passes on; otherwise the check's own. */
  id?: string;
};

export interface Check<N extends FactName = FactName> {
  /** `area/name`; never renamed or reused once released. */
  id: string;
  /** The question it answers with yes when all is well, in a few words. */
  title: string;
  area: Area;
  /** Of its observations, unless one says otherwise. */
  severity: Severity;
  /** What goes wrong in meetings when it fails. */
  why: string;
  /** What to do about it; the hint of observations that have none. */
  fix: string;
  /** Checks whose failure may be all that is behind this one's: they are mended first. */
  follows?: readonly string[];
  /** It is skipped, with the reason, when one of them is missing. */
  needs: readonly N[];
  run(facts: Pick<Facts, N>): Observation[];
  /** What `--fix` does about what it found, where that is safe. */
  mend?: Mend;
}

/** Declares a check; the facts it needs are those its `run` gets. */
export function defineCheck<const N extends FactName>(check: Check<N>): Check {
  // The runner hands each check the facts it names, so widening the parameter is safe there.
  return check as unknown as Check;
}

/** Facts that come with findings of their own. */
type Judged = { [N in FactName]: Facts[N] extends { findings: Finding[] } ? N : never }[FactName];

/** A check that passes on those findings of a fact that carry its id. */
export function relay(words: Omit<Check, 'needs' | 'run' | 'mend'>, from: Judged, mend?: Mend): Check {
  const { id, title, area, severity, why, fix, follows } = words;
  return defineCheck({
    id,
    title,
    area,
    severity,
    why,
    fix,
    ...(follows ? { follows } : {}),
    needs: [from],
    ...(mend ? { mend } : {}),
    run: (facts) => (facts[from] as { findings: Finding[] }).findings.filter((finding) => finding.id === id),
  });
}

/** The page of a check: a heading of docs/checks.md. */
export function docsOf(id: string): string {
  return `docs/checks.md#${id.replace('/', '')}`;
}
