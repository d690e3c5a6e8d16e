/** LiveKit's configuration, the release that reads it, and what its linter says. */
import { resolve } from 'node:path';
import { renderInputOf } from '../../config/render-input.ts';
import { Failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import type { Finding } from '../../core/finding.ts';
import { rememberSecret } from '../../core/redact.ts';
import { hostFiles } from '../../livekit/files.ts';
import { gatherRenderFacts } from '../../livekit/host-facts.ts';
import { lintLiveKit } from '../../livekit/lint.ts';
import { renderLiveKit } from '../../livekit/render/index.ts';
import { parseVersion, pinnedVersion } from '../../livekit/versions.ts';
import { sfuUrl } from '../../sfu/connection.ts';
import { Document } from '../document.ts';
import type { Compose } from './compose.ts';
import { type FactSource, Missing, unlessMissing } from './gather.ts';

/** A LiveKit file of the operator's own: named to us, or used by the server instead of a rendered one. */
export interface OwnFile {
  file?: string;
  text?: string;
  /** Why it can't be read. */
  problem?: { message: string; hint: string };
}

export async function readOwnFile({ question }: FactSource): Promise<OwnFile> {
  if (question.livekit) return question.livekit;
  const { external, configPath } = question.config.config.livekit;
  if (external || configPath === undefined) return {};
  try {
    return { file: configPath, text: await readTextFile(resolve(question.cwd, configPath)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { file: configPath, problem: { message: error.message, hint: error.hint } };
  }
}

export interface LiveKitText {
  /** How messages call it: its file, or `the rendered LiveKit configuration`. */
  name: string;
  text: string;
  /** Where it stands; absent when it was rendered. */
  file?: string;
  /** The line of `file` before its first one: it may be a part of a compose file. */
  offset: number;
  /** What rendering had to say. */
  findings: Finding[];
}

/** The operator's file; the LIVEKIT_CONFIG of a compose file; embedded, what bedrud would render. */
export async function readLiveKitText(source: FactSource): Promise<LiveKitText> {
  const { question } = source;
  const { file, text, problem } = await source.fact('ownFile');
  if (problem) throw new Missing(problem.message);
  if (file !== undefined && text !== undefined) return { name: file, text, file, offset: 0, findings: [] };
  const body = question.compose && bodyInCompose(await source.fact('compose'));
  if (body) return body;
  const { config, file: configFile } = question.config;
  if (config.livekit.external || configFile === undefined) {
    throw new Missing("LiveKit's own configuration was not given (--livekit-config FILE)");
  }
  const { version } = await source.fact('version');
  const input = renderInputOf(config, question.cwd);
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, version));
  return {
    name: 'the rendered LiveKit configuration',
    text: rendered.yaml,
    offset: 0,
    findings: rendered.findings.map((finding) => ({ ...finding, file: configFile })),
  };
}

function bodyInCompose({ document, services }: Compose): LiveKitText | undefined {
  for (const { name, role, environment, placeOf } of services) {
    const body = environment.get('LIVEKIT_CONFIG');
    if (role !== 'livekit' || !body?.trim() || /(?<!\$)\$\{?\w/.test(body)) continue;
    const { file = '', line = 1 } = placeOf('LIVEKIT_CONFIG');
    const isBlock = /[|>][-+\d]*\s*(#.*)?$/.test(document.text.split('\n')[line - 1] ?? '');
    return {
      name: `LIVEKIT_CONFIG of service ${name}`,
      text: body.replaceAll('$$', '$'),
      file,
      offset: isBlock ? line : line - 1,
      findings: [],
    };
  }
  return undefined;
}

export interface LiveKitConfig {
  name: string;
  /** Rendered from Bedrud's configuration; otherwise the operator's own. */
  rendered: boolean;
  document: Document;
}

/** @throws Missing when it is not YAML: the linter says so, and nothing else can be said */
export async function readLiveKit(source: FactSource): Promise<LiveKitConfig> {
  const { name, text, file, offset } = await source.fact('livekitText');
  const document = new Document(text, file, offset);
  if (document.problems.some(({ kind }) => kind === 'syntax')) throw new Missing(`${name} is not valid YAML`);
  for (const key of document.keys('keys')) rememberSecret(document.string('keys', key));
  for (const section of ['redis', 'debug_handler', 'prometheus'])
    rememberSecret(document.string(section, 'password'));
  return { name, rendered: file === undefined, document };
}

/** What `bedrud livekit lint` says, where it says something that rendering hasn't said already. */
export async function lintText(source: FactSource): Promise<{ findings: Finding[] }> {
  const [livekit, { version }] = await Promise.all([source.fact('livekitText'), source.fact('version')]);
  const { cwd, now } = source.question;
  const { findings } = lintLiveKit(livekit.text, {
    version,
    now: now(),
    ...(isThisHosts(source) ? { files: hostFiles(cwd) } : {}),
  });
  const said = new Set(livekit.findings.map(({ id }) => id));
  const placed = findings.map((finding) => placeIn(livekit, finding));
  return { findings: placed.filter(({ id }) => !said.has(id)) };
}

/** Are the files that the configuration names on this host, and not in a container or on another one? */
function isThisHosts({ question }: FactSource): boolean {
  const { external, internalHost = '' } = question.config.config.livekit;
  if (question.compose) return false;
  return !external || /^(localhost|127\.|\[::1\])/.test(sfuUrl(internalHost)?.hostname ?? '');
}

function placeIn({ file, offset }: LiveKitText, { line, column, pointer, ...finding }: Finding): Finding {
  // Of a rendered file nobody has seen the lines.
  if (file === undefined) return finding;
  if (offset === 0) return { ...finding, file, ...without({ line, column, pointer }) };
  return { ...finding, file, ...without({ line: line === undefined ? undefined : line + offset }) };
}

function without<T extends object>(values: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

export interface LiveKitVersion {
  version: string;
  /** How we know. `assumed`: nothing says. */
  from: 'livekit.version' | 'the binary' | 'the image' | 'the running server' | 'assumed';
}

export async function knowVersion(source: FactSource): Promise<LiveKitVersion> {
  const { version: configured, external } = source.question.config.config.livekit;
  const parsed = configured === undefined ? undefined : parseVersion(configured);
  if (parsed !== undefined) return { version: parsed, from: 'livekit.version' };
  const image = await imageVersion(source);
  if (image !== undefined) return { version: image, from: 'the image' };
  if (!external) {
    const binary = await source.fact('binary');
    if (binary.version !== undefined) return { version: binary.version, from: 'the binary' };
  }
  const joined = await source.fact('signal').then(({ version }) => version, unlessMissing);
  if (joined !== undefined) return { version: joined, from: 'the running server' };
  return { version: pinnedVersion, from: 'assumed' };
}

async function imageVersion(source: FactSource): Promise<string | undefined> {
  if (source.question.compose === undefined) return undefined;
  const { services } = await source.fact('compose');
  return services.find(({ role, version }) => role === 'livekit' && version !== undefined)?.version;
}
