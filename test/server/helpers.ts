import { Writable } from 'node:stream';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/config/model.ts';
import { buildApp } from '../../src/server/app.ts';
import type { App, ServerContext, SfuState } from '../../src/server/context.ts';
import { makeMetrics } from '../../src/server/metrics/index.ts';
import { addressRule } from '../../src/server/outgoing/addresses.ts';
import { type RecordingLog, RecordingService } from '../../src/server/recording/service.ts';
import { recordingSettings } from '../../src/server/recording/settings.ts';
import { type DatabaseLocation, openStore, type Store } from '../../src/store/index.ts';
import { requireDescribed } from './described.ts';

export const jwtSecret = 'a-secret-that-signs-access-tokens-1';
export const keys = { apiKey: 'APItest', apiSecret: 'a-livekit-secret-of-forty-characters-0001' };

/** Signs an access token as the Bedrud server does. */
export function accessToken(
  userId: string,
  claims: Record<string, unknown> = {},
  { secret = jwtSecret, expires = '5m', alg = 'HS256' } = {},
): Promise<string> {
  const name = userId[0]?.toUpperCase() + userId.slice(1);
  const all = {
    userId,
    email: `${userId}@example.com`,
    name,
    provider: 'local',
    accesses: ['user'],
    ...claims,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
}

export const bearer = async (...as: Parameters<typeof accessToken>) => ({
  authorization: `Bearer ${await accessToken(...as)}`,
});

/** A log that keeps its lines. */
export function memoryLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: pino({ level: 'debug' }, stream), text: () => lines.join('') };
}

export interface TestServer {
  app: App;
  context: ServerContext;
  logged(): string;
  close(): Promise<void>;
}

/** As where no Redis is configured. */
function recordingsOff(config: Config, store: Store, log: RecordingLog): RecordingService {
  const egress = () => Promise.reject(new Error('nothing is to be recorded'));
  return new RecordingService({ store, settings: recordingSettings(config, '/nonexistent'), egress, log });
}

/** A context over an in-memory store and an SFU that nobody may talk to, unless `over` says otherwise. */
export async function makeContext(
  over: {
    flags?: Record<string, unknown>;
    control?: Partial<Awaited<ReturnType<ServerContext['sfu']['control']>>>;
    state?: () => SfuState;
    url?: string;
    draining?: () => boolean;
    recordings?: (store: Store, log: RecordingLog) => Promise<RecordingService>;
    database?: DatabaseLocation;
  } = {},
) {
  const { config } = await loadConfig({ env: {}, cwd: '/nonexistent', flags: over.flags ?? {} });
  const { log, text } = memoryLog();
  const store = await openStore(over.database ?? { type: 'sqlite', path: ':memory:' });
  const context: ServerContext = {
    config: { ...config, auth: { ...config.auth, jwtSecret } },
    store,
    sfu: {
      connection: { url: over.url ?? 'http://127.0.0.1:9', ...keys, skipTLSVerify: false },
      state: over.state ?? (() => 'ready'),
      // Each test gives what it expects to be called; a call of anything else throws. Messages go nowhere.
      control: async () => ({ sendData: async () => {}, ...over.control }) as never,
    },
    recordings: (await over.recordings?.(store, log)) ?? recordingsOff(config, store, log),
    deliverable: addressRule('127.0.0.0/8'),
    metrics: makeMetrics(),
    log: log as unknown as ServerContext['log'],
    draining: over.draining ?? (() => false),
  };
  return { context, logged: text };
}

/** Whatever `app` answers to a test has to be in the document. */
export function holdToDocument(app: App): void {
  const inject = app.inject.bind(app) as (request: InjectOptions | string) => Promise<LightMyRequestResponse>;
  app.inject = (async (request: InjectOptions | string) => {
    const response = await inject(request);
    const { method = 'GET', url } = typeof request === 'string' ? { url: request } : request;
    requireDescribed(method, String(url), response);
    return response;
  }) as App['inject'];
}

export async function makeServer(over: Parameters<typeof makeContext>[0] = {}): Promise<TestServer> {
  const { context, logged } = await makeContext(over);
  const app = await buildApp(context);
  holdToDocument(app);
  return {
    app,
    context,
    logged,
    async close() {
      await app.close();
      await context.store.close();
    },
  };
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
  body: any;
  headers: Record<string, unknown>;
}

/** Who asks: a user, with more claims or other headers where a test needs them; `undefined` for nobody. */
export type Asker = string | { user?: string; claims?: object; headers?: Record<string, string> } | undefined;

/** Asks `app`, and takes the answer apart. */
export async function ask(
  app: App,
  method: Method,
  url: string,
  as: Asker,
  payload?: object,
): Promise<Answer> {
  const { user, claims, headers } = typeof as === 'object' ? as : { user: as };
  const response = await app.inject({
    method,
    url,
    headers: { ...(user ? await bearer(user, { ...claims }) : {}), ...headers },
    ...(payload ? { payload } : {}),
  });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}
