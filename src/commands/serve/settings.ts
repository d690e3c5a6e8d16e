/** What `serve` works from: the operator's configuration, or with --dev one made for the occasion. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { type LoadedConfig, requireValid, tlsMode } from '../../config/index.ts';
import type { Config } from '../../config/model.ts';
import { failure } from '../../core/errors.ts';
import { configOf } from '../shared/config.ts';
import { withOwnFile } from '../shared/own-file.ts';

export interface Input {
  dev: boolean;
  check: boolean;
  install: boolean;
  host: string | undefined;
  port: number | undefined;
}

export interface Settings {
  loaded: LoadedConfig;
  config: Config;
  jwtSecret: string;
  /** Absent without TLS. */
  tls: { certFile: string; keyFile: string } | undefined;
  /** The configuration was made up for --dev, in this folder. */
  devFolder: string | undefined;
  /** Another process runs livekit-server: on another host, or here with LIVEKIT_MANAGED. */
  external: boolean;
  /** Removes what was made for --dev. */
  cleanUp(): Promise<void>;
}

/** @throws Failure `config/…`, `server/acme` */
export async function settingsOf(input: Input, context: Context): Promise<Settings> {
  const flags = { 'server.host': input.host, 'server.port': input.port };
  let loaded = await configOf(context, flags);
  let devFolder: string | undefined;
  if (input.dev && loaded.file === undefined) {
    const { makeDevConfig } = await import('./dev-config.ts');
    devFolder = await makeDevConfig();
    loaded = await configOf({ ...context, configFile: join(devFolder, 'config.yaml') }, flags);
  }
  const cleanUp = async () => {
    if (devFolder !== undefined) await rm(devFolder, { recursive: true, force: true });
  };
  try {
    const config = await withOwnFile(requireValid(loaded), context.cwd);
    const { jwtSecret } = config.auth;
    if (!jwtSecret) {
      throw failure('config/invalid', {
        problems: 'auth.jwtSecret is not set',
        hint: 'set it (or JWT_SECRET) to the secret of the Bedrud server; bedrud init makes one',
      });
    }
    const tls = tlsMode(config.server);
    if (tls.mode === 'acme') throw failure('server/acme', { domain: tls.domain });
    const external = config.livekit.external || context.env['LIVEKIT_MANAGED'] === 'true';
    return {
      loaded,
      config,
      jwtSecret,
      tls: tls.mode === 'none' ? undefined : { certFile: tls.certFile, keyFile: tls.keyFile },
      devFolder,
      external,
      cleanUp,
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
