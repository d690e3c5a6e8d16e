/**
 * An in-memory LiveKit control plane: the API, the signalling and the webhooks of livekit-server, without media. For
 * tests, and for trying things out where no livekit-server can be had.
 */
import type { AddressInfo } from 'node:net';
import { failure, systemCode } from '../core/errors.ts';
import { atLeast, knownVersions, pinnedVersion } from '../livekit/versions.ts';
import { behaviourOf } from './behaviour.ts';
import { ControlPlane } from './control-plane.ts';
import { egressService } from './egress-service.ts';
import { makeServer } from './http.ts';
import { Recorder, type Sink } from './recorder.ts';
import { roomService } from './room-service.ts';
import { settingsFrom } from './settings.ts';
import { Webhooks } from './webhooks.ts';

/** The oldest release that the emulator was held against. */
const oldest = '1.8.4';

/** The pair of `livekit-server --dev`; no secret to anybody. */
export const developmentKeys: Readonly<Record<string, string>> = { devkey: 'secret' };

/** What livekit-server of a version makes of a configuration: it starts with it, or prints a line and ends. */
export type ReadConfig = (
  yaml: string,
  version: string,
) => { config: Record<string, unknown> } | { refusal: string };

export interface EmulatorOptions {
  /** The livekit-server release to behave like; default the pinned one. */
  version?: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes a free one. Default that of the configuration, else 7880. */
  port?: number;
  /** Secrets by API key, besides those of the configuration. */
  keys?: Readonly<Record<string, string>>;
  /** Signed with `apiKey`; default the first one. */
  webhook?: { urls: string[]; apiKey?: string };
  /** Plays an egress service too, which puts its files there. */
  recordings?: Sink;
  /** A LiveKit configuration, and the function that reads it as the server would. */
  config?: { yaml: string; read: ReadConfig };
  log?(level: 'info' | 'warn', message: string): void;
}

export interface Emulator {
  /** `http://127.0.0.1:7880`. */
  url: string;
  port: number;
  version: string;
  /** Puts everyone out and frees everything; resolves once nothing listens or runs any more. */
  close(): Promise<void>;
}

/**
 * Starts an emulator and resolves once it listens.
 * @throws Failure `emulator/refused` when the server wouldn't start with this configuration, `emulator/version` when
 *   the release is unknown, `emulator/port-in-use`
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { version = pinnedVersion, host = '127.0.0.1', log = () => {} } = options;
  if (!knownVersions.includes(version) || !atLeast(version, oldest))
    throw failure('emulator/version', { version, known: `${oldest} to ${knownVersions.at(-1)}` });
  const behaviour = behaviourOf(version);
  const config = readConfig(options, version);
  const settings = settingsFrom(config, behaviour);
  const { urls, apiKey } = settings.webhook;
  const secret = settings.keys[apiKey];
  if (Object.keys(settings.keys).length === 0)
    throw failure('emulator/refused', { version, message: 'one of key-file or keys must be provided' });
  if (urls.length > 0 && secret === undefined)
    throw failure('emulator/refused', { version, message: 'api_key is required to use webhooks' });

  const webhooks = new Webhooks({ urls, apiKey, secret: secret ?? '', log });
  const recorder = options.recordings && new Recorder(options.recordings, webhooks);
  const plane = new ControlPlane(settings, behaviour, webhooks, recorder);
  const services = { 'livekit.RoomService': roomService(plane), 'livekit.Egress': egressService(plane) };
  const { server, close } = makeServer(plane, services);
  const wanted = options.port ?? (Number(config['port']) || 7880);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, resolve);
  }).catch(async (error: unknown) => {
    plane.close();
    await webhooks.close();
    throw systemCode(error) === 'EADDRINUSE'
      ? failure('emulator/port-in-use', { port: wanted, host }, error)
      : error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    version,
    async close() {
      plane.close();
      await Promise.all([webhooks.close(), close()]);
    },
  };
}

function readConfig(options: EmulatorOptions, version: string): Record<string, unknown> {
  const { config, keys = {}, webhook } = options;
  const read = config?.read(config.yaml, version) ?? { config: {} };
  if ('refusal' in read) throw failure('emulator/refused', { version, message: read.refusal });
  const all = { ...(read.config['keys'] as Record<string, string> | undefined), ...keys };
  const [first = ''] = Object.keys(all);
  return {
    ...read.config,
    keys: all,
    ...(webhook ? { webhook: { urls: webhook.urls, api_key: webhook.apiKey ?? first } } : {}),
  };
}
