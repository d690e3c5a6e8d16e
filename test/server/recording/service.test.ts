import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { failure } from '../../../src/core/errors.ts';
import { RecordingService } from '../../../src/server/recording/service.ts';
import { recordingSettings } from '../../../src/server/recording/settings.ts';
import type { EgressPhase } from '../../../src/sfu/egress-report.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { memoryLog } from '../helpers.ts';

describe('a recorder that does not stop when it is told to', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrud-service-'));
    store = await openStore({ type: 'sqlite', path: join(folder, 'bedrud.db') });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await store.close();
    await rm(folder, { recursive: true });
  });

  /** A recording that was told to stop so long ago, while LiveKit says it is in `phase`; as it is after a look. */
  const lookAt = async (phase: EgressPhase, ago: number) => {
    vi.useFakeTimers({ now: Date.now() - ago, toFake: ['Date'] });
    const { id } = await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
    await store.recordings.nameEgress(id, 'EG_1');
    await store.recordings.step(id, 'egressActive');
    await store.recordings.step(id, 'stop');
    vi.useRealTimers();
    const nothing = {
      startedAt: null,
      endedAt: null,
      location: null,
      fileSize: null,
      durationMs: null,
      error: null,
    };
    const report = {
      egressId: 'EG_1',
      roomName: 'standup',
      phase,
      filepath: `incoming/${id}.mp4`,
      ...nothing,
    };
    const { config } = await loadConfig({ env: {}, cwd: folder });
    const service = new RecordingService({
      store,
      settings: recordingSettings(config, folder),
      log: memoryLog().log,
      egress: async () => ({
        start: () => Promise.reject(new Error('nothing is to be started')),
        stop: () =>
          Promise.reject(
            failure('sfu/failed', { action: 'stop', reason: 'no response from servers', hint: '' }),
          ),
        list: async () => [report],
        check: async () => {},
      }),
    });
    const live = await store.recordings.byId(id);
    await service.refresh('standup', live ? [live] : []);
    return store.recordings.byId(id);
  };

  test('is taken to be gone after two minutes, so that the room can be recorded again', async () => {
    expect(await lookAt('active', 130_000)).toMatchObject({
      state: 'failed',
      error: 'its recorder does not answer any more',
    });
    await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
  });

  test.each([
    ['a little later', 'active', 60_000],
    ['while it uploads, however long that takes', 'ending', 86_400_000],
  ] as const)('is waited for %s', async (_, phase, ago) => {
    expect(await lookAt(phase, ago)).toMatchObject({ state: 'stopping' });
  });
});
