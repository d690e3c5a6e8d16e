/** Which livekit-server to talk to, and with which key: flags, then the environment, then config.yaml. */

import { resolve } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { flag, text } from '../../cli/parameters.ts';
import type { LiveKitConfig } from '../../config/model.ts';
import { failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import { rememberSecret } from '../../core/redact.ts';
import type { SfuConnection } from '../../sfu/connection.ts';
import type { ApiKeys } from '../../sfu/tokens.ts';

/** Options of every command that signs. */
export const keyOptions = {
  apiKey: text('--api-key <key>', 'the LiveKit API key (or LIVEKIT_API_KEY, or livekit.apiKey)'),
  apiSecretFile: text(
    '--api-secret-file <file>',
    'the file that holds its secret, - for stdin (or LIVEKIT_API_SECRET, or livekit.apiSecret)',
  ),
  apiSecret: text('--api-secret <secret>', 'the secret itself, which every user of this host can then read'),
};

/** Options of every command that talks to livekit-server. */
export const connectionOptions = {
  url: text(
    '--url <url>',
    'livekit-server, http(s):// or ws(s):// (or LIVEKIT_URL, or livekit.internalHost)',
  ),
  ...keyOptions,
  skipTLSVerify: flag(
    '--skip-tls-verify',
    'accept any certificate of this server (or livekit.skipTLSVerify)',
  ),
};

interface KeyInput {
  apiKey: string | undefined;
  apiSecretFile: string | undefined;
  apiSecret: string | undefined;
}
interface ConnectionInput extends KeyInput {
  url: string | undefined;
  skipTLSVerify: boolean;
}

/**
 * The key and its secret.
 * @throws Failure `sfu/no-credentials`
 */
export async function keysOf(input: KeyInput, context: Context): Promise<ApiKeys> {
  const { apiKey, apiSecret } = await knownKeys(input, context);
  const missing = apiKey === undefined ? 'API key' : 'API secret';
  if (apiKey === undefined || apiSecret === undefined) {
    const [key, variable] =
      apiKey === undefined ? ['apiKey', 'LIVEKIT_API_KEY'] : ['apiSecret', 'LIVEKIT_API_SECRET'];
    throw failure('sfu/no-credentials', { missing, key, variable });
  }
  return { apiKey, apiSecret };
}

/** As {@link keysOf}, but either may be unknown. */
export async function knownKeys(input: KeyInput, context: Context): Promise<Partial<ApiKeys>> {
  const given = {
    apiKey: input.apiKey ?? nonEmpty(context.env['LIVEKIT_API_KEY']),
    apiSecret: (await givenSecret(input, context)) ?? nonEmpty(context.env['LIVEKIT_API_SECRET']),
  };
  rememberSecret(given.apiSecret);
  // The file is read only when something is missing: a token made from the environment alone starts faster.
  if (given.apiKey !== undefined && given.apiSecret !== undefined) return given as ApiKeys;
  const livekit = await livekitConfig(context);
  const apiKey = given.apiKey ?? livekit.apiKey;
  const apiSecret = given.apiSecret ?? livekit.apiSecret;
  return { ...(apiKey ? { apiKey } : {}), ...(apiSecret ? { apiSecret } : {}) };
}

/**
 * The server and the key for it.
 * @throws Failure `sfu/no-credentials`
 */
export async function connectionOf(input: ConnectionInput, context: Context): Promise<SfuConnection> {
  const keys = await keysOf(input, context);
  const url = input.url ?? nonEmpty(context.env['LIVEKIT_URL']);
  const livekit = await livekitConfig(context);
  const fromEnvironment = nonEmpty(context.env['LIVEKIT_SKIP_TLS_VERIFY']) !== undefined;
  return {
    ...keys,
    url: url ?? livekit.internalHost ?? `http://127.0.0.1:${livekit.port}`,
    // The file speaks of its own server; a flag or a variable, of whichever this command talks to.
    skipTLSVerify: input.skipTLSVerify || (livekit.skipTLSVerify && (url === undefined || fromEnvironment)),
  };
}

async function givenSecret(input: KeyInput, context: Context): Promise<string | undefined> {
  if (input.apiSecret !== undefined) {
    context.warn(
      '--api-secret shows the secret to every user of this host: use --api-secret-file or the environment',
    );
    return input.apiSecret;
  }
  if (input.apiSecretFile === undefined) return undefined;
  const content =
    input.apiSecretFile === '-'
      ? await context.readStdin()
      : await readTextFile(resolve(context.cwd, input.apiSecretFile));
  return nonEmpty(content.trim());
}

/** The livekit section. Errors elsewhere in the file are no reason to keep somebody from closing a room. */
async function livekitConfig(context: Context): Promise<LiveKitConfig> {
  const [{ configOf }, { requireValid }] = await Promise.all([
    import('./config.ts'),
    import('../../config/index.ts'),
  ]);
  const loaded = await configOf(context);
  // A key that is missing may be given otherwise; who needs one says so.
  const findings = loaded.findings.filter(
    ({ id, pointer }) => pointer?.startsWith('/livekit') && id !== 'config/api-key',
  );
  return requireValid({ ...loaded, findings }).livekit;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
