import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { duration, flag } from '../../cli/parameters.ts';
import { type Config, requireValid } from '../../config/index.ts';
import { failure } from '../../core/errors.ts';
import { pinnedVersion } from '../../livekit/versions.ts';
import type { RunningSfu } from '../../sfu/supervisor.ts';
import { configOf } from '../shared/config.ts';

export const run = defineCommand({
  path: 'livekit run',
  summary: 'run livekit-server alone, without the API',
  description: `Renders the configuration, starts livekit-server with it and keeps it running: restarted when it ends, drained on SIGTERM, ended on a second one. The log goes to stderr, as JSON lines with --format json.

Exits with 0 after a stop that was asked for, and with 3 when livekit-server cannot be started or kept running.`,
  parameters: {
    drain: duration(
      '--drain <duration>',
      'how long meetings may go on after the first SIGTERM (default: 15s)',
    ),
    install: flag('--install', 'download livekit-server where there is none'),
  },
  examples: [
    { run: 'bedrud livekit run', does: 'the SFU of ./config.yaml or /etc/bedrud/config.yaml' },
    { run: 'bedrud livekit run --drain 10m', does: 'on SIGTERM, let meetings end for ten minutes' },
  ],
  drains: true,
  async run(input, context) {
    const { withOwnFile } = await import('../shared/own-file.ts');
    const config = await withOwnFile(requireValid(await configOf(context)), context.cwd);
    if (config.livekit.external) throw failure('sfu/not-embedded', { setting: 'livekit.external' });
    if (context.env['LIVEKIT_MANAGED'] === 'true') {
      throw failure('sfu/not-embedded', { setting: 'LIVEKIT_MANAGED' });
    }
    if (input.install) await ensureInstalled(config, context);
    const [{ planEmbedded, startEmbedded }, { makeLog }] = await Promise.all([
      import('../shared/embedded-sfu.ts'),
      import('../serve/log.ts'),
    ]);
    const log = makeLog({
      level: context.verbose ? 'debug' : config.logger.level,
      file: undefined,
      stream: context.host.stderr,
      style: context.format === 'json' ? undefined : context.style,
    });
    const plan = await planEmbedded(config, { env: context.env, cwd: context.cwd });
    for (const { severity, id, message, hint } of plan.findings) {
      log[severity === 'warning' ? 'warn' : severity]({ id, hint }, message);
    }
    const sfu = await startEmbedded(plan, config, {
      env: context.env,
      signal: context.signal,
      times: input.drain === undefined ? {} : { drainMs: input.drain },
      log: (source, { level, message, fields }) => log[level]({ source, ...fields }, message),
    });
    log.info({ url: sfu.url, version: sfu.version }, 'livekit-server answers');
    const problem = await ended(sfu, context);
    if (problem) throw problem;
    return { data: { stopped: true }, text: '' };
  },
});

/** Waits for the end, which the first interrupt begins and the second hastens. */
function ended(sfu: RunningSfu, context: Context): RunningSfu['done'] {
  const { interrupted, forced } = context.host;
  const when = (signal: AbortSignal, act: () => void) =>
    signal.aborted ? act() : signal.addEventListener('abort', act, { once: true });
  when(interrupted, () => void sfu.stop());
  when(forced, () => void sfu.forceStop());
  return sfu.done;
}

async function ensureInstalled({ livekit }: Config, context: Context): Promise<void> {
  const { findBinary } = await import('../../sfu/binary.ts');
  const { binary: configured, version } = livekit;
  if (await findBinary({ configured, env: context.env, cwd: context.cwd, version })) return;
  const { downloadRelease } = await import('../shared/download-release.ts');
  await downloadRelease(version ?? pinnedVersion, context);
}
