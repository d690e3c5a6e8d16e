/** What a semantic rule is: something no single value gives away. */
import type { Severity } from '../../core/finding.ts';
import type { Config, Origin } from '../model.ts';
import type { TlsMode } from '../tls.ts';

export interface Facts {
  config: Config;
  tls: TlsMode;
  originOf(path: string): Origin;
  /** Does this path, as the configuration names it, lead to a file? */
  fileExists(file: string): boolean;
}

export interface Violation {
  /** The key it is about: `livekit.host`. */
  path: string;
  message: string;
  hint: string;
  /** Where it differs from the rule's. */
  severity?: Severity;
}

/** What `bedrud explain` and the reference page say of a finding. */
export interface ConfigRuleInfo {
  /** `config/name`; stable once released. */
  id: string;
  title: string;
  severity: Severity;
  /** What goes wrong if it is ignored. */
  why: string;
  fix: string;
}

export interface ConfigRule extends ConfigRuleInfo {
  check(facts: Facts): Iterable<Violation>;
}

/** What an operator would change: the key at `path`, or the variable that set it. */
export function settingOf(facts: Facts, path: string): string {
  const origin = facts.originOf(path);
  return origin.kind === 'env' ? (origin.detail ?? path) : path;
}

/** Did someone set the key at `path`, in whatever place? */
export function isSet(facts: Facts, path: string): boolean {
  return facts.originOf(path).kind !== 'default';
}
