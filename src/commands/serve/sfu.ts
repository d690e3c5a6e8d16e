/** The SFU that `serve` works with: one of its own, somebody else's, or with --dev a stand-in. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Context } from '../../cli/context.ts';
import { type Failure, reasonOf } from '../../core/errors.ts';
import { pinnedVersion } from '../../livekit/versions.ts';
import type { SfuState } from '../../server/context.ts';
import type { TurnTarget } from '../../server/tls/turn-mux.ts';
import { findBinary } from '../../sfu/binary.ts';
import { type SfuConnection, sfuFetch } from '../../sfu/connection.ts';
import { mintToken } from '../../sfu/tokens.ts';
import {
  credentialsOf,
  embeddedConnection,
  type PlanOptions,
  planEmbedded,
  startEmbedded,
  turnTls,
} from '../shared/embedded-sfu.ts';
import type { Input, Settings } from './settings.ts';

export interface Sfu {
  /** `livekit-server 1.13.5`. */
  name: string;
  kind: 'embedded' | 'external' | 'emulator';
  /** Every room is on it, so that when it ends they all do. One that shares a Redis has company. */
  alone: boolean;
  connection: SfuConnection;
  turn: TurnTarget | undefined;
  state(): SfuState;
  onState(callback: (state: SfuState) => void): void;
  /** @param forced aborted when waiting for meetings to end is over */
  stop(forced: AbortSignal): Promise<void>;
  /** Resolves when it is gone for good although nobody asked for that. */
  lost: Promise<Failure | undefined>;
}

export interface SfuSetting {
  settings: Settings;
  context: Context;
  log: Logger;
  webhookUrl: string;
  /** Called once a process of its own has been started. */
  onSpawn(): void;
  /** Ends the start. */
  signal: AbortSignal;
}

/** Where the SFU answers, known before it does. @throws Failure `sfu/no-credentials` */
export function connectionFor({ config, external }: Settings): SfuConnection {
  if (!external) return embeddedConnection(config);
  const { internalHost, host, port, skipTLSVerify } = config.livekit;
  const url = internalHost ?? host ?? `http://127.0.0.1:${port}`;
  return { url: url.replace(/^ws(?=s?:)/i, 'http'), ...credentialsOf(config), skipTLSVerify };
}

/** Is there a livekit-server to run? With --install, or when the operator says so on a terminal, there soon is. */
export async function chooseSfu(input: Input, settings: Settings, context: Context): Promise<Sfu['kind']> {
  if (settings.external) return 'external';
  const { binary: configured, version } = settings.config.livekit;
  if (await findBinary({ configured, env: context.env, cwd: context.cwd, version })) return 'embedded';
  const wanted = version ?? pinnedVersion;
  const asks = context.host.stdin.isTTY === true && context.host.stderr.isTTY === true && !context.env['CI'];
  const question = `There is no livekit-server on this host. Download ${wanted} from github.com/livekit/livekit`;
  if (input.install || (asks && (await context.confirm(question, false)))) {
    const { downloadRelease } = await import('../shared/download-release.ts');
    await downloadRelease(wanted, context);
    return 'embedded';
  }
  // Without --dev, planning the embedded SFU says what is missing.
  return input.dev ? 'emulator' : 'embedded';
}

/** Starts livekit-server and resolves when it is ready. */
export async function startOwn(setting: SfuSetting): Promise<Sfu> {
  const { settings, context, log, webhookUrl, onSpawn, signal } = setting;
  const { config } = settings;
  const plan = await planEmbedded(config, planOptions(settings, context, webhookUrl));
  for (const { severity, id, message, hint } of plan.findings) {
    log[severity === 'warning' ? 'warn' : severity]({ id, hint }, message);
  }
  const running = await startEmbedded(plan, config, {
    env: context.env,
    signal,
    onSpawn,
    log: (source, { level, message, fields }) =>
      log[isRoutine(fields) ? 'debug' : level]({ source, ...fields }, message),
  });
  return {
    name: `livekit-server ${plan.version}`,
    kind: 'embedded',
    alone: plan.rendered !== undefined && plan.rendered.config['redis'] === undefined,
    connection: embeddedConnection(config),
    turn: turnTls(plan.rendered),
    state: () => (running.state === 'stopping' ? 'stopped' : running.state),
    onState: (callback) =>
      void running.onState((state) => callback(state === 'stopping' ? 'stopped' : state)),
    async stop(forced) {
      const hurry = () => void running.forceStop();
      forced.addEventListener('abort', hurry, { once: true });
      if (forced.aborted) hurry();
      await running.stop();
      forced.removeEventListener('abort', hurry);
    },
    lost: running.done,
  };
}

/** LiveKit notes every call of its API. That it was asked for a list, and gave it, every few seconds is no news. */
function isRoutine({ method, status }: Record<string, unknown>): boolean {
  return typeof method === 'string' && method.startsWith('List') && status === '200';
}

export function planOptions(settings: Settings, context: Context, webhookUrl: string): PlanOptions {
  return { env: context.env, cwd: context.cwd, webhookUrl, dev: settings.devFolder !== undefined };
}

/** How often an external SFU is asked whether it is there, in milliseconds. */
const monitorInterval = 5_000;

/** Watches an SFU that others run. That it is away is said and waited out, never a reason to end. */
export async function watchExternal({ settings, log }: SfuSetting): Promise<Sfu> {
  const connection = connectionFor(settings);
  const ask = sfuFetch(connection);
  const stopped = new AbortController();
  const callbacks: ((state: SfuState) => void)[] = [];
  let state: SfuState = 'starting';
  const enter = (next: SfuState, reason: string) => {
    if (next === state) return;
    state = next;
    if (next === 'ready') log.info({ url: connection.url }, 'the external LiveKit is ready');
    else log.error({ url: connection.url, reason }, 'the external LiveKit cannot be used; asking on');
    for (const callback of callbacks) callback(next);
  };
  const look = async () => {
    const problem = await whyNotReady(ask, connection);
    if (!stopped.signal.aborted) enter(problem === undefined ? 'ready' : 'unreachable', problem ?? '');
  };
  await look();
  void (async () => {
    while (!stopped.signal.aborted) {
      await sleep(monitorInterval, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (!stopped.signal.aborted) await look();
    }
  })();
  return {
    name: `LiveKit at ${connection.url}`,
    kind: 'external',
    alone: false,
    connection,
    turn: undefined,
    state: () => state,
    onState: (callback) => void callbacks.push(callback),
    stop: async () => stopped.abort(),
    lost: new Promise(() => {}),
  };
}

/** `/rtc/validate` has no side effect and tests key, secret and clock at once. */
async function whyNotReady(
  ask: ReturnType<typeof sfuFetch>,
  connection: SfuConnection,
): Promise<string | undefined> {
  const token = mintToken(connection, { identity: 'bedrud', room: 'bedrud-readiness', ttlMs: 120_000 });
  try {
    const response = await ask(`/rtc/validate?access_token=${token}`, { timeoutMs: 4_000 });
    const body = (await response.text()).trim().slice(0, 200);
    return response.status === 200 ? undefined : `/rtc/validate answers ${response.status} ${body}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A stand-in without media, for --dev on a host that has no livekit-server. */
export async function startStandIn({ settings, log, webhookUrl }: SfuSetting): Promise<Sfu> {
  const { config } = settings;
  const connection = embeddedConnection(config);
  const { startEmulator } = await import('../../emulator/index.ts');
  const emulator = await startEmulator({
    port: config.livekit.port,
    keys: { [connection.apiKey]: connection.apiSecret },
    webhook: { urls: [webhookUrl], apiKey: connection.apiKey },
    log: (level, message) => log[level]({ source: 'emulator' }, message),
  });
  let state: SfuState = 'ready';
  return {
    name: `an emulator of livekit-server ${emulator.version}`,
    kind: 'emulator',
    alone: true,
    connection,
    turn: undefined,
    state: () => state,
    onState: () => {},
    async stop() {
      state = 'stopped';
      await emulator.close();
    },
    lost: new Promise(() => {}),
  };
}
