/** Lints the LiveKit configurations inside a compose file, where they stand. */
import type { Finding } from '../../core/finding.ts';
import { type LintOptions, type LintResult, lintLiveKit } from '../lint.ts';
import { type Parsed, parseYaml } from '../yaml/index.ts';
import { positionInScalar } from './position.ts';
import { type EmbeddedConfig, embeddedConfigs, isComposeRoot } from './services.ts';

export interface ComposeLintOptions extends LintOptions {
  /** Goes by the release in an image's tag where there is one. */
  preferImage?: boolean;
}

/** Is this a compose file, rather than a configuration? */
export function looksLikeCompose(parsed: Parsed): boolean {
  return isComposeRoot(parsed.root);
}

/**
 * Lints LIVEKIT_CONFIG, --config-body and mounted `configs:` of every service. Lines and columns are those of the
 * compose file; it is rejected when one of its services would end. What compose fills in from the host (`${NAME}`) is
 * not known here, so nothing is said of the lines that have it.
 */
export function lintCompose(input: string | Uint8Array | Parsed, options: ComposeLintOptions): LintResult {
  const parsed = typeof input === 'string' || input instanceof Uint8Array ? parseYaml(input) : input;
  const results = embeddedConfigs(parsed.root).map((config) => lintEmbedded(parsed.text, config, options));
  const findings = results.flatMap((result) => result.findings);
  const ended = results.find(({ verdict }) => verdict === 'rejects');
  if (ended === undefined) return { verdict: 'starts', findings };
  return { verdict: 'rejects', findings, ...(ended.message === undefined ? {} : { message: ended.message }) };
}

/** What compose takes from its environment; `$$` is a dollar sign. */
const variable = /\$\$|\$(?:\{[^}]*\}|[A-Za-z_]\w*)/g;

function lintEmbedded(text: string, config: EmbeddedConfig, options: ComposeLintOptions): LintResult {
  const version = (options.preferImage ? config.version : undefined) ?? options.version;
  const raw = config.node.value.slice(config.start);
  // Digits of the same length: they fit strings and numbers, and leave every column where it was.
  const body = raw.replace(variable, (name) => (name === '$$' ? name : '0'.repeat(name.length)));
  const filledIn = new Set<number>();
  for (const match of raw.matchAll(variable)) {
    if (match[0] !== '$$') filledIn.add(raw.slice(0, match.index).split('\n').length);
  }
  const linted = lintLiveKit(body, { ...options, version });
  const telling = linted.findings.filter(
    ({ id, line }) => !filledIn.has(line ?? 0) && !(id === 'keys/missing' && config.otherKeys),
  );
  const findings = telling.map((finding) => outside(finding, text, config, body));
  const doubted = telling.length < linted.findings.length;
  if (linted.verdict === 'starts' || (doubted && telling.every(({ severity }) => severity !== 'error'))) {
    return { verdict: 'starts', findings };
  }
  return {
    verdict: 'rejects',
    findings,
    ...(linted.message === undefined ? {} : { message: linted.message }),
  };
}

/** A finding in `body`, placed in the compose file; a pointer into the body would mean nothing there. */
function outside(
  { pointer: _, line = 1, column = 1, ...finding }: Finding,
  text: string,
  { service, where, node, start }: EmbeddedConfig,
  body: string,
): Finding {
  const before = body.split('\n').slice(0, line - 1);
  const index = before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
  return {
    ...finding,
    message: `${service}, ${where}: ${finding.message}`,
    ...positionInScalar(text, node, start + index),
  };
}
