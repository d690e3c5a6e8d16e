/** The embedded SFU, from config.yaml to a running livekit-server: which binary, what it reads, how it is started. */
import type { Config } from '../../config/index.ts';
import { renderInputOf } from '../../config/render-input.ts';
import { failure } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { gatherRenderFacts } from '../../livekit/host-facts.ts';
import { isStackFrame, parseLogLine } from '../../livekit/log-lines.ts';
import { classifyStartFailure } from '../../livekit/log-patterns.ts';
import { portsOf } from '../../livekit/ports.ts';
import { type Rendered, type RenderInput, renderLiveKit } from '../../livekit/render/index.ts';
import { type FoundBinary, requireBinary } from '../../sfu/binary.ts';
import { cacheDirectory } from '../../sfu/cache.ts';
import type { SfuConnection } from '../../sfu/connection.ts';
import type { PortUse } from '../../sfu/ports.ts';
import { type RunningSfu, type SfuTimes, startSfu } from '../../sfu/supervisor.ts';
import { mintToken } from '../../sfu/tokens.ts';
import { knownVersion } from '../../sfu/version-memo.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface EmbeddedPlan {
  binary: FoundBinary;
  version: string;
  /** Absent: the operator's own file is used as it is. */
  rendered: Rendered | undefined;
  findings: Finding[];
}

export interface PlanOptions {
  env: Env;
  cwd: string;
  /** Where LiveKit sends webhooks, unless the configuration says. */
  webhookUrl?: string;
  /** Everything runs on this machine. */
  dev?: boolean;
}

/**
 * Finds livekit-server and renders for its version. Nothing is started.
 * @throws Failure `sfu/binary-missing`, `sfu/no-credentials`
 */
export async function planEmbedded(config: Config, options: PlanOptions): Promise<EmbeddedPlan> {
  const { env, cwd, webhookUrl, dev = false } = options;
  const { livekit } = config;
  credentialsOf(config);
  const binary = await requireBinary({ configured: livekit.binary, env, cwd, version: livekit.version });
  const version = await knownVersion(binary.path, cacheDirectory(env));
  if (livekit.configPath) return { binary, version, rendered: undefined, findings: [] };
  const input: RenderInput = {
    ...renderInputOf(config, cwd),
    dev,
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
  };
  const rendered = renderLiveKit(input, await gatherRenderFacts(input, version));
  return { binary, version, rendered, findings: rendered.findings };
}

export interface SfuRecord {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export interface StartOptions {
  env: Env;
  signal: AbortSignal;
  times?: Partial<SfuTimes>;
  /** What the supervisor does, and what livekit-server says. */
  log(source: 'supervisor' | 'livekit', record: SfuRecord): void;
  /** The process has been started. */
  onSpawn?(): void;
}

/** Starts what was planned. @throws Failure as {@link startSfu} */
export function startEmbedded(
  plan: EmbeddedPlan,
  config: Config,
  options: StartOptions,
): Promise<RunningSfu> {
  const { rendered } = plan;
  const connection = embeddedConnection(config);
  return startSfu({
    binary: plan.binary.path,
    version: plan.version,
    config: rendered ? { yaml: rendered.yaml } : { file: config.livekit.configPath ?? '' },
    url: connection.url,
    ports: rendered
      ? fixedPorts(rendered)
      : [{ port: config.livekit.port, protocol: 'tcp', setting: 'livekit.port' }],
    mint: async () => mintToken(connection, { identity: 'bedrud', room: 'bedrud-readiness', ttlMs: 120_000 }),
    classify: classifyStartFailure,
    env: options.env,
    signal: options.signal,
    times: options.times ?? {},
    onSpawn: () => options.onSpawn?.(),
    log: (record) => options.log('supervisor', record),
    onLine: (line) => {
      const known = parseLogLine(line);
      if (known) options.log('livekit', known);
      // The reason of a failed start has no timestamp; the supervisor explains it when the process has ended.
      else
        options.log('livekit', { level: isStackFrame(line) ? 'debug' : 'warn', message: line, fields: {} });
    },
  });
}

/** Where the embedded SFU answers. @throws Failure `sfu/no-credentials` */
export function embeddedConnection(config: Config): SfuConnection {
  return { url: `http://127.0.0.1:${config.livekit.port}`, ...credentialsOf(config), skipTLSVerify: false };
}

/** @throws Failure `sfu/no-credentials` */
export function credentialsOf({ livekit }: Config): { apiKey: string; apiSecret: string } {
  const { apiKey, apiSecret } = livekit;
  if (!apiKey)
    throw failure('sfu/no-credentials', { missing: 'API key', key: 'apiKey', variable: 'LIVEKIT_API_KEY' });
  if (!apiSecret) {
    throw failure('sfu/no-credentials', {
      missing: 'API secret',
      key: 'apiSecret',
      variable: 'LIVEKIT_API_SECRET',
    });
  }
  return { apiKey, apiSecret };
}

/** Where the ports come from, by the server's own name for each. */
const settings: Readonly<Record<string, string>> = {
  'HTTP service': 'livekit.port',
  'ICE/TCP': 'livekit.rtc.tcpPort',
  'ICE/UDP': 'livekit.rtc.udpPort',
  'TURN/TLS': 'livekit.turn.tlsPort',
  'TURN/UDP': 'livekit.turn.udpPort',
};

/** The ports that livekit-server takes at once; those of a range come and go with participants. */
export function fixedPorts({ config }: Rendered): PortUse[] {
  return portsOf(config).flatMap(({ protocol, from, to, label = '' }) => {
    const setting = settings[label];
    return from === to && setting !== undefined ? [{ port: from, protocol, setting }] : [];
  });
}

/** TURN/TLS as rendered, when livekit-server itself ends its TLS. */
export function turnTls(rendered: Rendered | undefined): { port: number; domain: string } | undefined {
  const turn = rendered?.config['turn'] as Record<string, unknown> | undefined;
  const port = Number(turn?.['tls_port']);
  if (!(port > 0) || turn?.['enabled'] !== true || turn['external_tls'] === true) return undefined;
  return { port, domain: String(turn['domain'] ?? '') };
}
