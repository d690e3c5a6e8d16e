/** LiveKit's configuration, and the release that reads it. */
import { resolve } from 'node:path';
import { renderInputOf } from '../../config/render-input.ts';
import { Failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import type { Finding } from '../../core/finding.ts';
import { rememberSecret } from '../../core/redact.ts';
import { gatherRenderFacts } from '../../livekit/host-facts.ts';
import { renderLiveKit } from '../../livekit/render/index.ts';
import { parseVersion, pinnedVersion } from '../../livekit/versions.ts';
import { Document } from '../document.ts';
import { type FactSource, Missing } from './gather.ts';

export interface LiveKitConfig {
  /** How messages call it: its file, or `the rendered LiveKit configuration`. */
  name: string;
  /** Rendered from Bedrud's configuration; otherwise the operator's own. */
  rendered: boolean;
  document: Document;
  /** What rendering had to say. */
  findings: Finding[];
}

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

/** The operator's file where there is one; otherwise, embedded, what bedrud would render. */
export async function readLiveKit(source: FactSource): Promise<LiveKitConfig> {
  const { question } = source;
  const { file, text, problem } = await source.fact('ownFile');
  if (problem) throw new Missing(problem.message);
  if (file !== undefined && text !== undefined) return ofText(text, file);
  if (question.config.config.livekit.external || question.config.file === undefined) {
    throw new Missing("LiveKit's own configuration was not given (--livekit-config FILE)");
  }
  const { version } = await source.fact('version');
  const input = renderInputOf(question.config.config, question.cwd);
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, version));
  return {
    name: 'the rendered LiveKit configuration',
    rendered: true,
    document: new Document(rendered.yaml),
    findings: rendered.findings.map((finding) => ({ ...finding, file: question.config.file ?? '' })),
  };
}

function ofText(text: string, file: string): LiveKitConfig {
  const document = new Document(text, file);
  for (const key of document.keys('keys')) rememberSecret(document.string('keys', key));
  for (const path of [
    ['redis', 'password'],
    ['redis', 'sentinel_password'],
    ['debug_handler', 'password'],
    ['prometheus', 'password'],
  ]) {
    rememberSecret(document.string(...path));
  }
  return { name: file, rendered: false, document, findings: [] };
}

export interface LiveKitVersion {
  version: string;
  /** How we know. `assumed`: nothing says. */
  from: 'livekit.version' | 'the binary' | 'the image' | 'assumed';
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
  return { version: pinnedVersion, from: 'assumed' };
}

async function imageVersion(source: FactSource): Promise<string | undefined> {
  if (source.question.compose === undefined) return undefined;
  const { services } = await source.fact('compose');
  return services.find(({ role, version }) => role === 'livekit' && version !== undefined)?.version;
}
