import { applyRules, type LintOptions, type LintResult } from '../lint.ts';
import { egressRules } from '../rules/egress/index.ts';
import { hideQuotedSecrets } from '../secrets.ts';
import { type Decoded, decodeYaml, type Parsed, parseYaml, unmarshalMessage } from '../yaml/index.ts';
import { egressKeys, egressRoot, egressType } from './keys.ts';

/** With one of these it is the file of another of LiveKit's services, which have keys in common. */
const others = new Set(['rtc', 'turn', 'keys', 'key_file', 'room', 'rtmp_port', 'whip_port', 'sip_port']);
const shared = new Set(['redis', 'logging', 'prometheus_port', 'log_level']);
const misplaced = ['s3', 'azure', 'gcp', 'alioss', 'file_prefix', 'local_directory'];

/** Does a file look like the egress service's rather than the SFU's, or another program's? */
export function looksLikeEgress(parsed: Parsed): boolean {
  if (parsed.root?.kind !== 'mapping') return false;
  const keys = parsed.root.content.filter((_, index) => index % 2 === 0).map(({ value }) => value);
  if (keys.some((key) => others.has(key))) return false;
  const telling = keys.filter((key) => !shared.has(key));
  const known = new Set([...egressKeys(egressRoot), ...misplaced]);
  const own = telling.filter((key) => known.has(key)).length;
  return keys.includes('ws_url') || own > telling.length - own;
}

/**
 * Lints a file of the egress service. What it ignores is reported; the verdict says `rejects` only for what it
 * can't read. Never throws.
 */
export function lintEgress(input: string | Uint8Array | Parsed, options: LintOptions): LintResult {
  const parsed = typeof input === 'string' || input instanceof Uint8Array ? parseYaml(input) : input;
  const decoded = parsed.error ? undefined : decodeYaml(parsed, egressType);
  if (decoded) hideQuotedSecrets(decoded);
  const fault = faultOf(parsed, decoded);
  const read = decoded === undefined ? { parsed } : { parsed, decoded };
  return applyRules(
    egressRules,
    fault === undefined ? read : { ...read, message: `could not parse config: ${fault}` },
    options,
  );
}

/** Why the service can't read it, as it says so: it takes a file without a document, and unknown keys. */
function faultOf({ error }: Parsed, decoded: Decoded | undefined): string | undefined {
  if (error) return error.message === 'EOF' ? undefined : error.message;
  const errors = decoded?.errors.filter(({ why }) => why !== 'unknown-key') ?? [];
  return decoded && errors.length > 0 ? unmarshalMessage({ ...decoded, errors }) : undefined;
}
