import type { Context } from '../../cli/context.ts';
import { type LoadedConfig, loadConfig } from '../../config/index.ts';
import { secretsIn } from '../../config/secrets.ts';
import { rememberSecret } from '../../core/redact.ts';

/**
 * The configuration a command works with: --config or the search order, the environment, and `flags` by path.
 * Its secrets are remembered, so that no output shows them.
 * @throws Failure as {@link loadConfig}
 */
export async function configOf(
  context: Context,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file: context.configFile, env: context.env, cwd: context.cwd, flags });
  for (const secret of secretsIn(loaded.config)) rememberSecret(secret);
  return loaded;
}
