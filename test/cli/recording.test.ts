import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { until } from '../helpers/poll.ts';
import { type RunOptions, run } from '../helpers/run.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const keys = { apiKey: 'APItest', apiSecret: 'a-livekit-secret-of-forty-characters-0001' };
let folder: string;
let emulator: Emulator;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bedrud-recording-'));
  emulator = await startEmulator({
    port: 0,
    keys: { [keys.apiKey]: keys.apiSecret },
    recordings: async ({ filepath }) => filepath,
  });
  await writeFile(
    join(folder, 'config.yaml'),
    JSON.stringify({
      database: { type: 'sqlite', path: 'bedrud.db' },
      livekit: { ...keys, internalHost: emulator.url, redis: { address: '127.0.0.1:1' } },
      recording: { storageDir: 'files' },
    }),
  );
  store = await openStore({ type: 'sqlite', path: join(folder, 'bedrud.db') });
});
afterEach(async () => {
  await store.close();
  await emulator.close();
  await rm(folder, { recursive: true });
});

const recording = (line: string, options: RunOptions = {}) =>
  run(['recording', ...line.split(' '), '--json'], { cwd: folder, ...options });
const makeRoom = () =>
  store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 5,
    settings: {},
  });
/** A recording with a file, as serve leaves it. */
async function completed(content = 'a film'): Promise<string> {
  const { id } = await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
  const path = `recordings/r1/${id}.mp4`;
  await mkdir(join(folder, 'files/recordings/r1'), { recursive: true });
  await writeFile(join(folder, 'files', path), content);
  await store.recordings.step(id, 'egressComplete', { source: path, startedAt: 1_772_000_000_000 });
  const sha256 = createHash('sha256').update('a film').digest('hex');
  await store.recordings.step(id, 'stored', { storageKey: `disk:${path}`, fileSize: 6, sha256 });
  return id;
}

describe('bedrud recording', () => {
  test('starts, lists and stops', async () => {
    await makeRoom();
    expect((await recording('start standup')).stdout).toContain('recording/room-empty');
    await SignalClient.join(emulator.url, mintToken(keys, { identity: 'ben', room: 'standup' }));
    const started = (await recording('start standup')).json();
    expect(started).toMatchObject({ roomName: 'standup', createdBy: 'operator', state: 'starting' });
    expect(started.egressId).toMatch(/^EG_/);
    expect((await recording('start standup')).stdout).toContain('recording/running');
    const { egressService } = await import('../../src/sfu/egress.ts');
    const egress = egressService({ url: emulator.url, ...keys, skipTLSVerify: false });
    await until('it records', async () => (await egress.list('standup'))[0]?.phase === 'active');
    expect((await recording('stop standup')).json()).toMatchObject({ id: started.id, state: 'stopping' });
    expect((await recording('list standup')).json().recordings).toMatchObject([{ id: started.id }]);
    expect((await recording('list --state completed')).json()).toEqual({ recordings: [] });
    expect((await recording('list elsewhere')).json()).toEqual({ recordings: [] });
  });

  test('shows one', async () => {
    const id = await completed();
    expect((await recording(`info ${id}`)).json()).toMatchObject({
      id,
      state: 'completed',
      startedAt: '2026-02-25T06:13:20.000Z',
    });
    const text = await run(['recording', 'info', id], { cwd: folder });
    expect(text.stdout).toMatch(/completed[\s\S]*0\.0 MiB/);
    expect((await run(['recording', 'list'], { cwd: folder })).stdout).toMatch(
      /ID .*ROOM .*\n.*standup +completed/,
    );
  });

  test('downloads a file, once, whole, and the one that was kept', async () => {
    const id = await completed();
    const { file } = (await recording(`download ${id}`)).json();
    expect(file).toBe(join(folder, 'standup-2026-02-25T0613.mp4'));
    expect(await readFile(file, 'utf8')).toBe('a film');
    const again = await recording(`download ${id}`);
    expect(again).toMatchObject({ status: 3, stdout: expect.stringContaining('output/unwritable') });
    const altered = await completed('another film');
    const out = join(folder, 'altered.mp4');
    expect((await recording(`download ${altered} --out ${out}`)).stdout).toContain('recording/altered');
    expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false]);
  });

  test('deletes one with its file, when it is over and somebody says yes', async () => {
    const id = await completed();
    expect(await recording(`delete ${id}`)).toMatchObject({ status: 2 });
    expect((await recording(`delete ${id} --yes`)).json()).toEqual({ id, deleted: true });
    expect(existsSync(join(folder, `files/recordings/r1/${id}.mp4`))).toBe(false);
    const live = await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
    expect((await recording(`delete ${live.id} --yes`)).stdout).toContain('recording/not-over');
  });

  test('has another try at a file', async () => {
    const { id } = await store.recordings.begin({ roomId: 'r1', roomName: 'standup', createdBy: 'ana' });
    await store.recordings.step(id, 'egressComplete', { source: '/x' });
    await store.recordings.step(id, 'givenUp', { error: 'no room' });
    expect((await recording(`retry ${id}`)).json()).toMatchObject({ state: 'processing', error: null });
    expect((await recording(`retry ${id}`)).stdout).toContain('recording/no-file');
  });

  test.each(['info', 'download', 'retry', 'delete'])('%s of nothing says so', async (verb) => {
    const ran = await recording(`${verb} none${verb === 'delete' ? ' --yes' : ''}`);
    expect(ran).toMatchObject({ status: 3, stdout: expect.stringContaining('recording/not-found') });
  });

  test('start and stop of no room say so', async () => {
    for (const verb of ['start', 'stop']) {
      expect(await recording(`${verb} none`)).toMatchObject({
        stdout: expect.stringContaining('room/not-found'),
      });
    }
    await makeRoom();
    expect((await recording('stop standup')).stdout).toContain('recording/none');
  });
});
