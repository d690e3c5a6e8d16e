import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../src/emulator/index.ts';
import { buildApp } from '../../../src/server/app.ts';
import { makeMetrics } from '../../../src/server/metrics/index.ts';
import { type Recordings, startRecordings } from '../../../src/server/recording/index.ts';
import { type RecordingSettings, recordingSettings } from '../../../src/server/recording/settings.ts';
import { mintToken } from '../../../src/sfu/tokens.ts';
import type { Room } from '../../../src/store/index.ts';
import { putFile } from '../../helpers/egress-double.ts';
import { freePort } from '../../helpers/ports.ts';
import { SignalClient } from '../../helpers/signal-client.ts';
import { bearer, holdToDocument, keys, makeContext } from '../helpers.ts';

type Sink = NonNullable<EmulatorOptions['recordings']>;

export interface StudioOptions {
  redis?: number;
  settings?: Partial<RecordingSettings>;
  /** Where the recorder puts files; by default in the file system, where it is asked to. */
  sink?: Sink;
  /** Whether LiveKit's events arrive. */
  webhooks?: boolean;
}

/** A server, LiveKit and a recorder (both played by the emulator), and a room with somebody in it. */
export async function openStudio(options: StudioOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bedrud-studio-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api/livekit/webhook`;
  const { apiKey, apiSecret } = keys;
  const emulator: Emulator = await startEmulator({
    port: 0,
    keys: { [apiKey]: apiSecret },
    recordings: options.sink ?? putFile,
    ...(options.webhooks === false ? {} : { webhook: { urls: [url] } }),
  });
  let recordings: Recordings | undefined;
  const { context, logged } = await makeContext({
    url: emulator.url,
    async recordings(store, log) {
      recordings = await startRecordings({
        store,
        settings: {
          ...recordingSettings(await defaults(), folder),
          attempts: 2,
          redis: options.redis === undefined ? undefined : redisAt(options.redis),
          ...options.settings,
        },
        connection: { url: emulator.url, ...keys, skipTLSVerify: false },
        metrics: makeMetrics(),
        log,
        timing: { lock: 2_000, backoff: 50, round: 200 },
      });
      return recordings.service;
    },
  });
  const app = await buildApp(context);
  holdToDocument(app);
  await app.listen({ host: '127.0.0.1', port });
  const room = await context.store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 5,
    settings: {},
  });
  const path = `/api/rooms/${room.id}`;
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, as = 'ana', claims = {}) => {
    const response = await app.inject({ method, url, headers: await bearer(as, claims) });
    return { status: response.statusCode, ...response.json() };
  };
  return {
    app,
    context,
    logged,
    emulator,
    folder,
    room,
    path,
    ask,
    /** Somebody joins the room. */
    join: (name = room.name) =>
      SignalClient.join(emulator.url, mintToken(keys, { identity: 'ben', room: name })),
    makeRoom: (over: Partial<Room>): Promise<Room> => context.store.rooms.create({ ...room, ...over }),
    async close() {
      await app.close();
      await recordings?.close(0);
      await emulator.close();
      await context.store.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
export type Studio = Awaited<ReturnType<typeof openStudio>>;

export const redisAt = (port: number) => ({
  ...{ host: '127.0.0.1', port, db: 0, tls: false },
  ...{ username: undefined, password: undefined },
});

async function defaults() {
  const { loadConfig } = await import('../../../src/config/index.ts');
  return (await loadConfig({ env: {}, cwd: '/nonexistent' })).config;
}
