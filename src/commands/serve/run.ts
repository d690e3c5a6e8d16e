/** `bedrud serve`, from the first look at the configuration to the last file removed. */
import type { Context } from '../../cli/context.ts';
import type { Interrupt } from '../../cli/host.ts';
import { Failure } from '../../core/errors.ts';
import type { ParticipantControl } from '../../server/context.ts';
import type { RunningServer } from '../../server/index.ts';
import type { Metrics } from '../../server/metrics/index.ts';
import type { Reconciler } from '../../server/reconcile/index.ts';
import type { Tracing } from '../../server/tracing/index.ts';
import { tracesWanted } from '../../server/tracing/wanted.ts';
import { openInbox, webhookPath } from '../../server/webhook/inbox.ts';
import type { SfuConnection } from '../../sfu/connection.ts';
import { portOwner } from '../../sfu/ports.ts';
import type { DatabaseLocation, Store } from '../../store/index.ts';
import { databaseOf } from '../shared/database.ts';
import { announce } from './announce.ts';
import { makeLog } from './log.ts';
import { collectEarly } from './memory.ts';
import { isLost, tellOfOutages } from './outages.ts';
import { type Input, type Settings, settingsOf } from './settings.ts';
import { chooseSfu, connectionFor, type Sfu, startOwn, startStandIn, watchExternal } from './sfu.ts';
import { Undo } from './undo.ts';

/** How long requests under way may take once everything else has ended, in milliseconds. */
const grace = 5_000;

/**
 * Serves until it is interrupted. Yields what goes to stdout: with JSON one document of facts, with --dev how to
 * try it.
 * @throws Failure when it can't start, or when livekit-server is lost for good
 */
export async function* serve(
  input: Input,
  context: Context,
  setStatus: (status: number) => void,
): AsyncGenerator<string> {
  collectEarly();
  const undo = new Undo();
  let failed = false;
  try {
    const settings = await settingsOf(input, context);
    undo.add(settings.cleanUp);
    const running = await start(input, settings, context, undo);
    yield* announce(running, settings, context);
    await endOf(running, context);
    await drain(running, context);
    setStatus((context.signal.reason as Interrupt).exit);
  } catch (error) {
    failed = true;
    if (!context.signal.aborted || error instanceof Failure) throw error;
    setStatus((context.signal.reason as Interrupt).exit);
  } finally {
    await undo.all().catch((error: unknown) => {
      // What went wrong first is what the operator needs to hear.
      if (!failed) throw error;
    });
  }
}

export interface Running {
  sfu: Sfu;
  server: RunningServer;
  store: Store;
  reconciler: Reconciler;
  log: ReturnType<typeof makeLog>;
}

/** Starts everything at once: the SFU takes its time, and the rest is ready by then. */
async function start(input: Input, settings: Settings, context: Context, undo: Undo): Promise<Running> {
  const began = performance.now();
  const { config, tls } = settings;
  const log = makeLog({
    level: context.verbose ? 'debug' : config.logger.level,
    file: config.logger.outputPath,
    stream: context.host.stderr,
    style: context.host.stderr.isTTY && context.format === 'text' ? context.style : undefined,
  });
  // What is to be said of a made-up configuration is known to who made it up.
  const findings = settings.devFolder === undefined ? settings.loaded.findings : [];
  for (const { severity, id, message, hint } of findings) {
    log[severity === 'warning' ? 'warn' : severity]({ id, hint }, message);
  }
  const kind = await chooseSfu(input, settings, context);
  if (kind === 'emulator') {
    context.warn(
      'there is no livekit-server on this host: an EMULATOR stands in. Rooms and control work, sound and picture do not. bedrud livekit install gets the real one',
    );
  }
  const inbox = tls && kind !== 'external' ? await openInbox() : undefined;
  undo.add(async () => inbox?.close());
  const webhookUrl =
    inbox?.url ?? `http://${loopbackOf(config.server.host)}:${config.server.port}${webhookPath}`;
  const begin = { embedded: startOwn, external: watchExternal, emulator: startStandIn }[kind];
  let sfu: Sfu | undefined;
  let onSpawn = () => {};
  const spawned = new Promise<void>((resolve) => {
    onSpawn = resolve;
  });
  const giveUp = new AbortController();
  const signal = AbortSignal.any([context.signal, giveUp.signal]);
  const starting = begin({ settings, context, log, webhookUrl, onSpawn, signal }).then((started) => {
    sfu = started;
    undo.add(() => started.stop(context.host.forced));
    return started;
  });
  const serving = (async () => {
    // Loading the rest keeps this process busy: time that livekit-server uses to start, once it is started.
    await Promise.race([spawned, starting.catch(() => {})]);
    const { openStore } = await import('../../store/index.ts');
    const { makeMetrics } = await import('../../server/metrics/index.ts');
    const metrics = makeMetrics();
    const connection = connectionFor(settings);
    const location = databaseOf(config, context);
    const tracing = await tracingFor(location, context.env, log);
    undo.add(async () => tracing?.close(context.host.forced));
    const noteOutage = tellOfOutages(log);
    const store = await openStore(location, (statement) => {
      const { seconds, error } = statement;
      metrics.queries.observe(seconds);
      if (error) metrics.queryErrors.add(isLost(error) ? 'lost' : 'refused');
      noteOutage(error);
      tracing?.query(statement);
    });
    undo.add(() => store.close());
    const { startServer } = await import('../../server/index.ts');
    const { startRecordings } = await import('../../server/recording/index.ts');
    const { recordingSettings } = await import('../../server/recording/settings.ts');
    const { startDeliveries } = await import('../../server/outgoing/index.ts');
    const { addressRule } = await import('../../server/outgoing/addresses.ts');
    const recordings = await startRecordings({
      store,
      settings: recordingSettings(config, context.cwd),
      connection,
      metrics,
      log,
    });
    undo.add(() => recordings.close(grace));
    const deliverable = addressRule(context.env['BEDRUD_WEBHOOK_NETWORKS']);
    const deliveries = startDeliveries({ store, allows: deliverable, metrics, log });
    undo.add(() => deliveries.close());
    const server = await startServer({
      config: { ...config, auth: { ...config.auth, jwtSecret: settings.jwtSecret } },
      store,
      recordings: recordings.service,
      deliverable,
      metrics,
      tracing,
      log,
      tls,
      inbox,
      portOwner,
      turn: () => sfu?.turn,
      sfu: {
        connection,
        state: () => sfu?.state() ?? 'starting',
        control: controlOf(connection),
      },
    });
    undo.add(() => server.close(grace));
    return { store, server, metrics };
  })();
  // An SFU that takes long to start is not waited for when the API cannot be served anyway.
  serving.catch((error: unknown) => giveUp.abort(error));
  // Both are waited for, so that whatever did start is also ended when the other fails.
  await Promise.allSettled([starting, serving]);
  const { store, server, metrics } = await serving;
  const parts = { sfu: await starting, store, server, log };
  if (parts.sfu.alone) await endSessionsWithSfu(parts);
  const running = { ...parts, reconciler: await keepTrue(parts, metrics) };
  undo.add(running.reconciler.close);
  const ms = Math.round(performance.now() - began);
  log.info(
    { url: server.url, sfu: running.sfu.name, sfuState: running.sfu.state(), ms },
    'bedrud is serving',
  );
  return running;
}

/** LiveKit's API, loaded when first asked for: the SDK behind it costs memory and time. */
function controlOf(connection: SfuConnection): () => Promise<ParticipantControl> {
  return async () => (await import('../../sfu/rooms.ts')).roomService(connection);
}

/** Compares the database with LiveKit from now on, and at once whenever LiveKit is there again. */
async function keepTrue(
  { sfu, store, log }: Omit<Running, 'reconciler'>,
  metrics: Metrics,
): Promise<Reconciler> {
  const [{ startReconciler }, { census }, { lookAtThoseIn }] = await Promise.all([
    import('../../server/reconcile/index.ts'),
    import('../../sfu/census.ts'),
    import('../../server/door.ts'),
  ]);
  const control = controlOf(sfu.connection);
  const reconciler = startReconciler({
    store,
    census: (signal) => census(sfu.connection, signal),
    lookAtThoseIn: (room, identities) => lookAtThoseIn({ store, log, sfu: { control } }, room, identities),
    metrics,
    log,
  });
  metrics.sfuStates.add(sfu.state());
  sfu.onState((state) => {
    metrics.sfuStates.add(state);
    if (state === 'ready') reconciler.request('reconnect');
  });
  return reconciler;
}

/** Nobody is in a room of an SFU that has just started, or has just ended. */
async function endSessionsWithSfu({ sfu, store, log }: Omit<Running, 'reconciler'>): Promise<void> {
  const end = async () => {
    const ended = await store.sessions.allEnded(Date.now());
    if (ended > 0) log.info({ ended }, 'sessions of an SFU that has ended were closed');
  };
  await end();
  sfu.onState((state) => {
    if (state === 'restarting')
      end().catch((error: unknown) => log.error({ err: error }, 'sessions stay open'));
  });
}

/** Waits for the operator's signal. @throws Failure when the SFU is gone for good */
function endOf({ sfu, log }: Running, context: Context): Promise<void> {
  return new Promise((resolve, reject) => {
    const interrupted = () => {
      log.info({ signal: (context.signal.reason as Interrupt).signal }, 'draining; a second signal hurries');
      resolve();
    };
    if (context.signal.aborted) interrupted();
    else context.signal.addEventListener('abort', interrupted, { once: true });
    void sfu.lost.then((problem) => problem && reject(problem));
  });
}

/**
 * Ends in the order that keeps the state true: no new joins; LiveKit, whose last webhooks are still taken; then the
 * API. What remains is undone by who started it.
 */
async function drain({ server, sfu, store, reconciler, log }: Running, context: Context): Promise<void> {
  server.drain();
  await reconciler.close();
  await sfu.stop(context.host.forced);
  await server.close(grace);
  if (sfu.alone) await store.sessions.allEnded(Date.now());
  log.info('everything has ended');
}

/** Traces where OpenTelemetry's variables ask for them; else nothing of it is loaded. */
async function tracingFor(
  database: DatabaseLocation,
  env: Context['env'],
  log: Running['log'],
): Promise<Tracing | undefined> {
  const wanted = tracesWanted(env);
  if (wanted === undefined) return undefined;
  if ('obstacle' in wanted) {
    log.warn({ problem: wanted.obstacle }, 'no traces are sent');
    return undefined;
  }
  const { startTracing } = await import('../../server/tracing/index.ts');
  return startTracing({ ...wanted, database, log });
}

/** Where a server bound to `host` is reached from its own machine. */
function loopbackOf(host: string): string {
  if (host === '::1' || host === '::') return '[::1]';
  return /^\d+(\.\d+){3}$/.test(host) && host !== '0.0.0.0' ? host : '127.0.0.1';
}
