/** What `serve` works from: the operator's configuration, or with --dev one made for the occasion. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
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

/**
 * A folder with a configuration for this host alone: fresh secrets, loopback addresses, the usual ports where
 * they are free. It is a file so that other commands can be pointed at it.
 */
async function makeDevConfig(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bedrud-dev-'));
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  const [port, sfuPort, tcpPort, udpPort] = await Promise.all([
    freePort('tcp', 8090),
    freePort('tcp', 7880),
    freePort('tcp', 7881),
    freePort('udp', 7882),
  ]);
  const config = {
    server: { host: '127.0.0.1', port: String(port), enableTLS: false },
    database: { type: 'sqlite', path: join(folder, 'bedrud.db') },
    livekit: {
      apiKey: `API${secret(6)}`,
      apiSecret: secret(24),
      nodeIP: '127.0.0.1',
      port: sfuPort,
      rtc: { tcpPort, udpPort },
      overrides: { bind_addresses: ['127.0.0.1'] },
    },
    auth: { jwtSecret: secret(32) },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'config.yaml'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return folder;
}

/** `wanted`, or where that is taken one that is free. */
async function freePort(protocol: 'tcp' | 'udp', wanted: number): Promise<number> {
  return (await tryPort(protocol, wanted)) ?? (await tryPort(protocol, 0)) ?? wanted;
}

function tryPort(protocol: 'tcp' | 'udp', port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const failed = () => resolve(undefined);
    if (protocol === 'udp') {
      const socket = createSocket('udp4').once('error', failed);
      socket.bind({ port, exclusive: true }, () => {
        const bound = socket.address().port;
        socket.close(() => resolve(bound));
      });
      return;
    }
    const server = createServer().once('error', failed);
    // Without an address: LiveKit's media ports are on every one.
    server.listen({ port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
