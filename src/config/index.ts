/** Bedrud's configuration: found, read, checked, and merged from file, environment and flags. */
import { failure } from '../core/errors.ts';
import { type Finding, sortFindings } from '../core/finding.ts';
import { suggest } from '../core/suggest.ts';
import { findKey, type Key, keys } from './keys.ts';
import { check } from './load/check.ts';
import { type Candidate, findFile, searchOrder } from './load/find.ts';
import { environmentLayer, fileLayer, flagLayer } from './load/layers.ts';
import { defaultOrigin, merge } from './load/merge.ts';
import { pointerOf } from './load/pointer.ts';
import type { Config, Origin } from './model.ts';
import { runRules } from './rules/index.ts';

export type { Config, Origin } from './model.ts';
export { tlsMode } from './tls.ts';

export interface LoadedConfig {
  /** As the operator named it, or as it was found; absent when there is none. */
  file: string | undefined;
  /** Its text. */
  source: string | undefined;
  config: Config;
  /** About the YAML, against the schema, and from the rules. */
  findings: Finding[];
  /** Where the value at `livekit.port` came from. */
  originOf(path: string): Origin;
}

export interface LoadOptions {
  /** --config, as given. */
  file?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** By path: `{ 'livekit.port': 7890 }`; undefined values are ignored. */
  flags?: Readonly<Record<string, unknown>>;
}

/**
 * Which file is the configuration, and where it was looked for, in order.
 * @throws Failure `config/not-found` for a named file that isn't there
 */
export async function locate(
  options: Omit<LoadOptions, 'flags'>,
): Promise<{ file: string | undefined; searched: Candidate[] }> {
  const candidates = searchOrder(options.file, options.env);
  const found = await findFile(candidates, options.cwd);
  const last = candidates.findIndex((candidate) => candidate.file === found?.file);
  return { file: found?.file, searched: last < 0 ? candidates : candidates.slice(0, last + 1) };
}

/**
 * The key at `path`.
 * @throws Failure `usage/invalid` with what may have been meant
 */
export function keyOf(path: string): Key {
  const key = findKey(path);
  if (key !== undefined) return key;
  const near = suggest(
    path,
    keys.map((known) => known.path),
  );
  const section = keys.some((known) => known.path.startsWith(`${path}.`));
  throw failure('usage/invalid', {
    problem: section ? `${path} is a section, not a key` : `there is no key ${path}`,
    hint: section || near === undefined ? 'bedrud config show lists the keys' : `did you mean ${near}?`,
  });
}

/**
 * Loads the configuration: flags win over the environment, the environment over the file, the file over
 * defaults. Without a file the rest applies. What is wrong inside the file is in `findings`, and values that
 * can't be used are left out of `config`.
 * @throws Failure `config/not-found`, `config/yaml-bomb`, `input/…` when a file can't be read
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const found = await findFile(searchOrder(options.file, options.env), options.cwd);
  const layers = [
    ...(found ? [fileLayer(found.text, found.file)] : []),
    environmentLayer(options.env),
    flagLayer(options.flags ?? {}),
  ].map((layer) => {
    const checked = check(layer);
    return { ...layer, invalid: checked.invalid, findings: [...layer.findings, ...checked.findings] };
  });
  const { config, origins } = merge(layers);
  if (!origins.has('livekit.port')) {
    // An embedded LiveKit is asked for where the server will look for it.
    const port = loopbackPort(config.livekit.internalHost);
    if (port !== undefined) config.livekit.port = port;
  }
  const originOf = (path: string): Origin => origins.get(path)?.origin(pointerOf(path)) ?? defaultOrigin;
  // An item of a list comes from where the list does; what is missing, from where most is written.
  const layerOf = (path: string) => origins.get(path) ?? origins.get(path.replace(/\.\d+$/, '')) ?? layers[0];
  const fromLayers = layers.flatMap((layer) => layer.findings);
  // Where the file can't be parsed, the rules would only miss everything that stands in it.
  const broken = fromLayers.some((finding) => finding.id === 'config/yaml-syntax');
  const violations = (broken ? [] : runRules(config, originOf, options.cwd)).map(
    ({ path, ...violation }): Finding => {
      const pointer = pointerOf(path);
      return { ...violation, ...layerOf(path)?.place(pointer), pointer };
    },
  );
  return {
    file: found?.file,
    source: found?.text,
    config,
    findings: sortFindings([...fromLayers, ...violations]),
    originOf,
  };
}

/** The port of `http://127.0.0.1:7072`; undefined for other hosts and where no port is named. */
function loopbackPort(url: string | undefined): number | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  const loopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return loopback && port !== '' ? Number(port) : undefined;
}

/**
 * The configuration, for whoever can't work with a wrong one.
 * @param section the only one that has to be right, besides the file as a whole
 * @throws Failure `config/invalid` naming the first errors
 */
export function requireValid(loaded: LoadedConfig, section?: keyof Config): Config {
  const concerns = (pointer = '') =>
    section === undefined || pointer === '' || `${pointer}/`.startsWith(`/${section}/`);
  const errors = loaded.findings.filter(({ severity, pointer }) => severity === 'error' && concerns(pointer));
  if (errors.length === 0) return loaded.config;
  const shown = errors.slice(0, 3).map((error) => {
    const place = error.line === undefined ? '' : `${error.file}:${error.line}: `;
    return `${place}${error.message}`;
  });
  const rest = errors.length - shown.length;
  throw failure('config/invalid', {
    problems: [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; '),
    hint: errors[0]?.hint ?? 'bedrud config validate lists everything',
  });
}

/** `finding`, whose pointer names a setting, with the file and line that set it. */
export function located(finding: Finding, { file, originOf }: LoadedConfig): Finding {
  const path = finding.pointer?.slice(1).replaceAll('/', '.') ?? '';
  const origin = originOf(path);
  const [, from, line] = (origin.kind === 'file' && origin.detail?.match(/^(.*):(\d+)$/)) || [];
  if (from !== undefined) return { ...finding, file: from, line: Number(line) };
  return file === undefined ? finding : { ...finding, file };
}
