import type { Severity } from '../../core/finding.ts';
import type { RuleInfo } from '../../core/rule-info.ts';
import type { Facts } from '../facts.ts';
import type { YamlNode } from '../yaml/index.ts';

/** The steps of livekit-server's start, in the order in which one of them ends it. */
export const stages = [
  'parse',
  'keys',
  'secrets',
  'redis',
  'signal',
  'router',
  'webhook',
  'rtc',
  'turn',
  'relay',
  'listen',
] as const;

export interface Problem {
  message: string;
  /** Instead of the rule's fix. */
  hint?: string;
  /** Dotted path of what is wrong; '' for the file as a whole. */
  at: string;
  /** Where exactly, when that isn't the value at `at`. */
  node?: YamlNode;
  /** Point at the key rather than at the value. */
  onKey?: boolean;
  /** Where there is no document to point into. */
  position?: { line: number; column: number };
  /** Instead of the rule's. */
  severity?: Severity;
  /** livekit-server ends at this step, printing this; of several in one step at that with the lowest `order` (0). */
  stops?: { stage: (typeof stages)[number]; order?: number; prints: string };
}

/** One thing that can be wrong with a configuration. */
export interface Rule extends RuleInfo {
  docs: string;
  run(facts: Facts): Iterable<Problem>;
}

export const docs = {
  selfHosting: 'https://docs.livekit.io/home/self-hosting/deployment/',
  ports: 'https://docs.livekit.io/home/self-hosting/ports-firewall/',
  distributed: 'https://docs.livekit.io/home/self-hosting/distributed/',
  webhooks: 'https://docs.livekit.io/home/server/webhooks/',
  sample: 'https://github.com/livekit/livekit/blob/master/config-sample.yaml',
  releases: 'https://github.com/livekit/livekit/releases',
  egress: 'https://docs.livekit.io/home/self-hosting/egress/',
} as const;
