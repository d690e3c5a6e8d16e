/** Every rule, in the order in which a configuration is read. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from '../../core/finding.ts';
import type { Config, Origin } from '../model.ts';
import { tlsMode } from '../tls.ts';
import { livekitRules } from './livekit.ts';
import { portRules } from './ports.ts';
import type { ConfigRule, ConfigRuleInfo, Facts, Violation } from './rule.ts';
import { secretRules } from './secrets.ts';
import { serverRules } from './server.ts';
import { shapeRules } from './shape.ts';

export const semanticRules: readonly ConfigRule[] = [
  ...serverRules,
  ...portRules,
  ...livekitRules,
  ...secretRules,
];

/** What is known of every finding about a configuration. */
export const configRules: readonly ConfigRuleInfo[] = [...shapeRules, ...semanticRules];

/** A violation and its rule, still without a place in a file. */
export interface Broken extends Violation {
  id: Finding['id'];
  severity: Finding['severity'];
}

/** @param cwd what relative paths are taken from, as the server takes them from its working directory */
export function runRules(config: Config, originOf: (path: string) => Origin, cwd: string): Broken[] {
  const fileExists = (file: string) =>
    statSync(resolve(cwd, file), { throwIfNoEntry: false })?.isFile() ?? false;
  const facts: Facts = { config, tls: tlsMode(config.server), originOf, fileExists };
  return semanticRules.flatMap((rule) =>
    [...rule.check(facts)].map((violation) => ({
      ...violation,
      id: rule.id,
      severity: violation.severity ?? rule.severity,
    })),
  );
}
