/** Who sees what was recorded, and how its file is handed out. */
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type S3Double, startS3Double } from '../../helpers/s3-double.ts';
import { bearer } from '../helpers.ts';
import { openStudio, type Studio } from './studio.ts';

const patience = 30_000;
const film = Buffer.alloc(200_000, 'ftyp');
const sha256 = 'aa'.repeat(32);

describe('a recording', () => {
  let s3: S3Double;
  let studio: Studio;
  let id: string;
  /** Where the API has it. */
  let path: string;
  beforeEach(async () => {
    s3 = await startS3Double();
    studio = await openStudio({ settings: { bucket: s3.target } });
    const { store, recordings } = studio.context;
    const { id: roomId, name: roomName } = studio.room;
    id = (await store.recordings.begin({ roomId, roomName, createdBy: 'mo' })).id;
    path = `${studio.path}/recordings/${id}`;
    await store.recordings.step(id, 'egressComplete', { source: 's3', fileSize: film.length });
    const storageKey = recordings.storages.nameFor(`recordings/${roomId}/${id}.mp4`);
    await recordings.storages.put(storageKey, Readable.from([film]));
    await store.recordings.step(id, 'stored', { storageKey, sha256 });
  }, patience);
  afterEach(async () => {
    await studio.close();
    await s3.close();
  });

  const statusOf = async (method: 'GET' | 'DELETE', url: string, as: string) =>
    (await studio.app.inject({ method, url, headers: await bearer(as) })).statusCode;
  /** What zoe is answered who asks for the list, the recording, and whether it has begun. */
  const answers = () => {
    const paths = [`${studio.path}/recordings`, path, `${path}/wait`];
    return Promise.all(paths.map((one) => statusOf('GET', one, 'zoe')));
  };
  const seen = [200, 200, 200];
  const hidden = [404, 404, 404];
  const link = async (): Promise<string> => (await studio.ask('GET', path)).fileUrl;

  test('is shown to whoever has a seat in the room', async () => {
    const { sessions, admissions } = studio.context.store;
    const roomId = studio.room.id;
    expect(await answers()).toEqual(hidden);
    const admission = { roomId, identity: 'zoe', userId: 'zoe', name: 'Zoe' };
    await admissions.admit({ ...admission, expiresAt: Date.now() + 60_000 });
    expect(await answers()).toEqual(seen);
    const shown = await studio.ask('GET', path, 'zoe');
    expect((await studio.app.inject(shown.fileUrl)).rawPayload.equals(film)).toBe(true);
    expect(await statusOf('DELETE', path, 'zoe')).toBe(403);

    await admissions.withdraw(roomId, 'zoe');
    expect(await answers()).toEqual(hidden);
    const session = { sid: 'PA_1', roomId, roomSid: 'RM_1', identity: 'zoe', name: 'Zoe', joinedAt: 1 };
    await sessions.joined(session);
    expect(await answers()).toEqual(seen);
    await sessions.left(session, 2);
    expect(await answers()).toEqual(hidden);
  });

  test('is not shown to who is banned, nor to participants of a room that is closed', async () => {
    const { store } = studio.context;
    const roomId = studio.room.id;
    await store.sessions.joined({
      ...{ sid: 'PA_1', roomId, roomSid: 'RM_1', identity: 'zoe', name: 'Zoe', joinedAt: 1 },
    });
    await store.bans.add({ roomId, identity: 'zoe', name: 'Zoe', by: 'ana' });
    expect(await answers()).toEqual(hidden);
    await store.bans.remove(roomId, 'zoe');
    expect(await answers()).toEqual(seen);
    await store.rooms.setState(roomId, 'archived', ['active']);
    expect(await answers()).toEqual(hidden);
    for (const who of ['ana', 'mo']) expect(await statusOf('GET', path, who)).toBe(200);
  });

  test('is looked at without being read', async () => {
    const url = await link();
    const before = s3.sent();
    const head = await studio.app.inject({ method: 'HEAD', url });
    expect(head).toMatchObject({ statusCode: 200, payload: '' });
    expect(head.headers['content-length']).toBe(String(film.length));
    expect(s3.sent() - before).toBeLessThan(film.length);
  });

  test('is continued only where it is the same file', async () => {
    const url = await link();
    const part = (headers: Record<string, string>) =>
      studio.app.inject({ url, headers: { range: 'bytes=4-7', ...headers } });
    expect(await part({ 'if-range': `"${sha256}"` })).toMatchObject({ statusCode: 206, payload: 'ftyp' });
    expect((await part({ 'if-range': '"of another file"' })).statusCode).toBe(200);
  });

  test('whose file is gone says so, and one that cannot be read at the moment that', async () => {
    const url = await link();
    s3.interfere(() => 503);
    const later = (await studio.app.inject(url)).json();
    expect(later).toMatchObject({ status: 503, code: 'recording/not-read' });
    s3.interfere(undefined);
    s3.objects.clear();
    const gone = (await studio.app.inject(url)).json();
    expect(gone).toMatchObject({ status: 409, code: 'recording/no-file' });
    // Where it should be is for the operator.
    for (const { detail } of [later, gone]) expect(detail).not.toContain(s3.target.bucket);
  });
});
