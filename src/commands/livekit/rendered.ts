import type { Context } from '../../cli/context.ts';
import { type LoadedConfig, requireValid } from '../../config/index.ts';
import { renderInputOf } from '../../config/render-input.ts';
import type { Finding } from '../../core/finding.ts';
import type { Rendered } from '../../livekit/render/index.ts';
import { configOf } from '../shared/config.ts';
import { type Target, targetVersion } from '../shared/livekit-version.ts';

export interface RenderedForCommand {
  loaded: LoadedConfig;
  target: Target;
  rendered: Rendered;
  /** Of rendering and of the choice of version, with the place in config.yaml they are about. */
  findings: Finding[];
}

/**
 * LiveKit's configuration as the commands show it.
 * @param asked the value of --for
 * @throws Failure as {@link configOf}; `config/invalid` when what goes into the file is wrong
 */
export async function renderForCommand(context: Context, asked?: string): Promise<RenderedForCommand> {
  const loaded = await configOf(context);
  const config = requireValid({ ...loaded, findings: loaded.findings.filter(concernsLiveKit) });
  const target = await targetVersion(context, config, asked);
  const [{ gatherRenderFacts }, { renderLiveKit }] = await Promise.all([
    import('../../livekit/host-facts.ts'),
    import('../../livekit/render/index.ts'),
  ]);
  const input = renderInputOf(config, context.cwd);
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, target.version));
  const findings = [...target.findings, ...rendered.findings.map((finding) => located(finding, loaded))];
  return { loaded, target, rendered, findings };
}

/** A file that can't be read at all concerns everybody. */
function concernsLiveKit({ pointer }: Finding): boolean {
  return pointer === undefined || /^(\/(server|livekit)(\/|$)|$)/.test(pointer);
}

/** `finding` with the file and line of the setting it points at, where a file has it. */
function located(finding: Finding, loaded: LoadedConfig): Finding {
  const path = finding.pointer?.slice(1).replaceAll('/', '.') ?? '';
  const origin = loaded.originOf(path);
  const [, file, line] = (origin.kind === 'file' && origin.detail?.match(/^(.*):(\d+)$/)) || [];
  if (file !== undefined) return { ...finding, file, line: Number(line) };
  return loaded.file === undefined ? finding : { ...finding, file: loaded.file };
}
