/** Lints the configurations of LiveKit and its egress service inside a compose file, where they stand. */
import type { Finding } from '../../core/finding.ts';
import { lintEgress } from '../egress/lint.ts';
import { type LintOptions, type LintResult, lintLiveKit } from '../lint.ts';
import { type Parsed, parseYaml, type SyntaxProblem } from '../yaml/index.ts';
import { positionInScalar } from './position.ts';
import { type EmbeddedConfig, embeddedConfigs, isComposeRoot } from './services.ts';

export interface ComposeLintOptions extends Omit<LintOptions, 'files'> {
  /** Goes by the release in an image's tag where there is one. */
  preferImage?: boolean;
}

/** Is this a compose file, rather than a configuration? */
export function looksLikeCompose(parsed: Parsed): boolean {
  return isComposeRoot(parsed.root);
}

/**
 * Lints LIVEKIT_CONFIG, EGRESS_CONFIG_BODY, --config-body and mounted `configs:` of every service. Lines and columns are those of the
 * compose file; it is rejected when one of its services would end. What compose fills in from the host (`${NAME}`) is
 * not known here, so nothing is said of the lines that have it; nor of files, which are those of the containers.
 * @returns with the release it went by, the first service's where they differ
 */
export function lintCompose(
  input: string | Uint8Array | Parsed,
  options: ComposeLintOptions,
): LintResult & { version: string } {
  const parsed = typeof input === 'string' || input instanceof Uint8Array ? parseYaml(input) : input;
  const configs = embeddedConfigs(parsed.root);
  const version = versionFor(
    configs.find(({ kind }) => kind === 'livekit'),
    options,
  );
  if (parsed.error) {
    const { message } = parsed.error;
    return { version, verdict: 'rejects', message, findings: [broken(parsed.error, options.file)] };
  }
  if (configs.length === 0) return { version, verdict: 'starts', findings: [nothingFound(options.file)] };
  const results = configs.map((config) => lintEmbedded(parsed.text, config, options));
  const findings = results.flatMap((result) => result.findings);
  const ended = results.find(({ verdict }) => verdict === 'rejects');
  if (ended === undefined) return { version, verdict: 'starts', findings };
  return {
    version,
    verdict: 'rejects',
    findings,
    ...(ended.message === undefined ? {} : { message: ended.message }),
  };
}

function versionFor(config: EmbeddedConfig | undefined, options: ComposeLintOptions): string {
  return (options.preferImage ? config?.version : undefined) ?? options.version;
}

function broken({ problem, line, column }: SyntaxProblem, file: string | undefined): Finding {
  const message = `the compose file is not valid YAML: ${problem}`;
  const at = { ...(file === undefined ? {} : { file }), line, column };
  return { id: 'livekit/yaml-syntax', severity: 'error', message, hint: 'mend this line', ...at };
}

function nothingFound(file: string | undefined): Finding {
  return {
    id: 'compose/no-config',
    severity: 'info',
    message: 'no LiveKit configuration stands in this compose file',
    hint: 'lint the file that is mounted; bedrud doctor --compose looks at the rest of this one',
    ...(file === undefined ? {} : { file }),
    line: 1,
    column: 1,
  };
}

/** What compose takes from its environment; `$$` is a dollar sign. */
const variable = /\$\$|\$(?:\{[^}]*\}|[A-Za-z_]\w*)/g;

function lintEmbedded(text: string, config: EmbeddedConfig, options: ComposeLintOptions): LintResult {
  const version = versionFor(config, options);
  const raw = config.node.value.slice(config.start);
  // Digits of the same length: they fit strings and numbers, and leave every column where it was.
  const body = raw.replace(variable, (name) => (name === '$$' ? name : '0'.repeat(name.length)));
  const filledIn = new Set<number>();
  for (const match of raw.matchAll(variable)) {
    if (match[0] !== '$$') filledIn.add(raw.slice(0, match.index).split('\n').length);
  }
  const linted = (config.kind === 'egress' ? lintEgress : lintLiveKit)(body, { ...options, version });
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
