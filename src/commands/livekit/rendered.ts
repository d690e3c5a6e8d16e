import type { Context } from '../../cli/context.ts';
import { type LoadedConfig, located, requireValid } from '../../config/index.ts';
import { renderInputOf } from '../../config/render-input.ts';
import type { Finding } from '../../core/finding.ts';
import type { Rendered } from '../../livekit/render/index.ts';
import { configOf } from '../shared/config.ts';
import { type Target, targetVersion } from '../shared/livekit-version.ts';

export interface RenderedForCommand {
  loaded: LoadedConfig;
  target: Target;
  rendered: Rendered;
  /** Of the choice of version and of rendering, placed in config.yaml; and of linting, placed in the file made. */
  findings: Finding[];
}

/** What findings in the rendered file call it. */
const renderedName = 'rendered LiveKit configuration';

/**
 * LiveKit's configuration as the commands show it.
 * @param asked the value of --for
 * @throws Failure as {@link configOf}; `config/invalid` when what goes into the file is wrong
 */
export async function renderForCommand(context: Context, asked?: string): Promise<RenderedForCommand> {
  const loaded = await configOf(context);
  const config = requireValid({ ...loaded, findings: loaded.findings.filter(concernsLiveKit) });
  const target = await targetVersion(context, config, asked);
  const [{ gatherRenderFacts }, { renderLiveKit }, { lintLiveKit }] = await Promise.all([
    import('../../livekit/host-facts.ts'),
    import('../../livekit/render/index.ts'),
    import('../../livekit/lint.ts'),
  ]);
  const input = renderInputOf(config, context.cwd);
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, target.version));
  const own = rendered.findings.map((finding) => located(finding, loaded));
  // What rendering has said is not said again of the file it made, where the fix would not go. Whether somebody
  // takes TURN on port 443, the file alone doesn't tell.
  const said = new Set(['turn/port-443', ...own.map(({ id }) => id)]);
  const lint = lintLiveKit(rendered.yaml, { file: renderedName, version: target.version }).findings;
  const findings = [...target.findings, ...own, ...lint.filter(({ id }) => !said.has(id))];
  return { loaded, target, rendered, findings };
}

/** A file that can't be read at all concerns everybody. That keys are missing is said of the file that is rendered. */
function concernsLiveKit({ id, pointer }: Finding): boolean {
  if (id === 'config/api-key') return false;
  return pointer === undefined || /^(\/(server|livekit)(\/|$)|$)/.test(pointer);
}
