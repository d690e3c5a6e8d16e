import type { Facts } from '../../facts.ts';
import { type Field, fieldVariants } from '../../table.ts';
import { compareVersions } from '../../versions.ts';
import type { DecodeError } from '../../yaml/index.ts';

type Verdict = 'unknown' | 'too-new' | 'removed';

/** The keys that the version refuses, of the kind `wanted`. A top-level tls has a rule of its own. */
export function* unknownKeys(
  facts: Facts,
  wanted: Verdict,
): Iterable<{ error: DecodeError; key: string; variants: Field[] }> {
  for (const error of facts.errors) {
    if (error.why !== 'unknown-key') continue;
    const key = error.node.value;
    const owner = error.owner ?? '';
    if (wanted !== 'unknown' && key === 'tls' && owner === 'config.Config') continue;
    const variants = fieldVariants(owner, key);
    if (verdictOf(variants, facts.version) === wanted) yield { error, key, variants };
  }
}

function verdictOf(variants: readonly Field[], version: string): Verdict {
  if (variants.length === 0) return 'unknown';
  const gone = variants.some(({ until }) => until !== null && compareVersions(version, until) > 0);
  return gone ? 'removed' : 'too-new';
}

export const why =
  'the configuration is parsed strictly: one key that the release doesn’t know, and it ends with exit status 0';
