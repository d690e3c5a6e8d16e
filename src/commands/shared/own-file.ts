import { resolve } from 'node:path';
import type { Config } from '../../config/index.ts';
import { failure, reasonOf } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import { rememberSecret } from '../../core/redact.ts';
import { readConfig } from '../../livekit/read-config.ts';
import { pinnedVersion } from '../../livekit/versions.ts';

const defaultPort = 7880;

/**
 * `config` as it holds for a livekit-server that runs with the operator's own file, livekit.configPath: port and
 * keys are the file's. Without such a file, and with one that livekit-server itself will refuse, `config` as it is.
 * @throws Failure `keys/mismatch` when the file has keys and not the one of config.yaml; `config/invalid` when it
 * can't be read
 */
export async function withOwnFile(config: Config, cwd: string): Promise<Config> {
  const { configPath, external, apiKey, apiSecret } = config.livekit;
  if (!configPath || external) return config;
  const file = resolve(cwd, configPath);
  const text = await readTextFile(file).catch((error: unknown) => {
    throw failure(
      'config/invalid',
      {
        problems: `livekit.configPath: ${reasonOf(error)}`,
        hint: 'correct livekit.configPath (LIVEKIT_CONFIG_PATH), or remove it: bedrud then renders the file',
      },
      error,
    );
  });
  const content = readConfig(text, pinnedVersion).decoded?.value as
    | { port?: number; keys?: Record<string, string> }
    | undefined;
  const keys = Object.entries(content?.keys ?? {});
  for (const [, secret] of keys) rememberSecret(secret);
  const own = apiKey ? keys.find(([name]) => name === apiKey) : keys[0];
  // With key_file instead of keys there is nothing to compare with.
  if (keys.length > 0 && (own === undefined || (apiSecret && own[1] !== apiSecret))) {
    const problem = own ? 'another secret for it' : 'not that key';
    throw failure('keys/mismatch', { key: apiKey ?? '', file, problem });
  }
  const port = content?.port || defaultPort;
  const known = own === undefined ? {} : { apiKey: own[0], apiSecret: own[1] };
  return { ...config, livekit: { ...config.livekit, configPath: file, port, ...known } };
}
