/** LiveKit's configuration, the release that reads it, and what its linter says. */
import { resolve } from 'node:path';
import { located } from '../../config/index.ts';
import { renderInputOf } from '../../config/render-input.ts';
import { Failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import type { Finding } from '../../core/finding.ts';
import { rememberSecret } from '../../core/redact.ts';
import { gatherRenderFacts } from '../../livekit/host-facts.ts';
import { renderLiveKit } from '../../livekit/render/index.ts';
import { parseVersion, pinnedVersion } from '../../livekit/versions.ts';
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
  /** It stands in the compose file. */
  inCompose?: true;
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
  // Offline names are taken to resolve: nobody may ask.
  const resolves = question.offline ? async () => true : undefined;
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, version, resolves));
  return {
    name: 'the rendered LiveKit configuration',
    text: rendered.yaml,
    offset: 0,
    findings: rendered.findings.map((finding) => located(finding, question.config)),
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
      inCompose: true,
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

export interface RunningRelease {
  version: string;
  /** It tells clients where to relay. */
  turn: boolean;
}

/** @throws Missing where LiveKit's configuration is at hand: its lint looks at the release */
export async function knowRunningRelease(source: FactSource): Promise<RunningRelease> {
  const file = await source.fact('livekit').catch(unlessMissing);
  if (file) throw new Missing(`linting ${file.name} has looked at it`);
  const { version, iceServers } = await source.fact('signal');
  if (version === undefined) throw new Missing('livekit-server tells its release to those who join only');
  return { version, turn: iceServers.some(({ credentials }) => credentials.username !== '') };
}

async function imageVersion(source: FactSource): Promise<string | undefined> {
  if (source.question.compose === undefined) return undefined;
  const { services } = await source.fact('compose');
  return services.find(({ role, version }) => role === 'livekit' && version !== undefined)?.version;
}
