import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { processRecording } from '../../../src/server/recording/process.ts';
import { recordingSettings } from '../../../src/server/recording/settings.ts';
import { Storages } from '../../../src/server/recording/storage.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { type S3Double, startS3Double } from '../../helpers/s3-double.ts';
import { keys, memoryLog } from '../helpers.ts';

describe('fetching a file', () => {
  let folder: string;
  let store: Store;
  let s3: S3Double;
  let server: Server;
  let answer: RequestListener;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrud-process-'));
    store = await openStore({ type: 'sqlite', path: join(folder, 'bedrud.db') });
    s3 = await startS3Double();
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await s3.close();
    await store.close();
    await rm(folder, { recursive: true });
  });

  /** Fetches what a recorder put at `source`. */
  const fetchFrom = async (source: string, bucket?: S3Double['target']) => {
    const { id } = await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
    await store.recordings.step(id, 'egressComplete', { source, fileSize: 4 });
    const { config } = await loadConfig({ env: {}, cwd: folder });
    const settings = { ...recordingSettings(config, folder), bucket };
    await processRecording(id, {
      ...{ store, settings, storages: new Storages(settings), log: memoryLog().log, patience: 200 },
      connection: { url: 'http://127.0.0.1:9', ...keys, skipTLSVerify: false },
    });
    return store.recordings.byId(id);
  };
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/standup.mp4`;

  test('from a file server', async () => {
    answer = (_, response) => void response.end('film');
    expect(await fetchFrom(url())).toMatchObject({ state: 'completed', fileSize: 4 });
  });

  test('ends when the source says nothing any more', async () => {
    answer = (_, response) => void response.write('fi');
    await expect(fetchFrom(url())).rejects.toMatchObject({
      code: 'recording/not-fetched',
      message: expect.stringContaining('nothing came for 0.2 s'),
    });
  });

  test('tells what is wrong with the bucket, and asks nobody else', async () => {
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      response.end('film');
    };
    s3.interfere(() => 403);
    await expect(fetchFrom(url(), s3.target)).rejects.toMatchObject({
      code: 'recording/not-fetched',
      message: expect.stringContaining('InternalError'),
    });
    expect(asked).toBe(0);
    s3.interfere(undefined);
    // From before there was a bucket.
    expect(await fetchFrom(url(), s3.target)).toMatchObject({ state: 'completed' });
    expect(asked).toBe(1);
  });
});
