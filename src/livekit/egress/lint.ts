import { applyRules, type LintOptions, type LintResult } from '../lint.ts';
import { egressRules } from '../rules/egress/index.ts';
import { decodeYaml, type Parsed, parseYaml } from '../yaml/index.ts';
import { egressKeys, egressRoot, egressType } from './keys.ts';

const sfuOnly = new Set([
  'rtc',
  'turn',
  'keys',
  'room',
  'port',
  'key_file',
  'webhook',
  'node_selector',
  'bind_addresses',
]);
const shared = new Set(['redis', 'logging', 'prometheus_port', 'log_level']);

/** Does a file look like the egress service's rather than the SFU's? */
export function looksLikeEgress(parsed: Parsed): boolean {
  if (parsed.root?.kind !== 'mapping') return false;
  const keys = parsed.root.content.filter((_, index) => index % 2 === 0).map(({ value }) => value);
  if (keys.some((key) => sfuOnly.has(key))) return false;
  const own = new Set([...egressKeys(egressRoot), 's3', 'azure', 'gcp', 'alioss']);
  return keys.some((key) => own.has(key) && !shared.has(key));
}

/**
 * Lints a file of the egress service. What it ignores is reported; the verdict says `rejects` only for what it
 * can't read. Never throws.
 */
export function lintEgress(input: string | Uint8Array | Parsed, options: LintOptions): LintResult {
  const parsed = typeof input === 'string' || input instanceof Uint8Array ? parseYaml(input) : input;
  const decoded = parsed.error ? undefined : decodeYaml(parsed, egressType);
  const fault = parsed.error?.message ?? decoded?.errors.find(({ why }) => why !== 'unknown-key')?.message;
  const read = decoded === undefined ? { parsed } : { parsed, decoded };
  return applyRules(egressRules, fault === undefined ? read : { ...read, message: fault }, options);
}
