import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskStorage } from '../../../src/server/recording/disk.ts';
import { S3Storage } from '../../../src/server/recording/s3.ts';
import type { Storage } from '../../../src/server/recording/storage.ts';
import { type S3Double, startS3Double } from '../../helpers/s3-double.ts';

const key = 'recordings/r1/one.mp4';

/** What holds wherever files are kept. @param names of what there is */
function keeps(storage: () => Storage, names: () => Promise<string[]>): void {
  test('keeps a file, hands out all of it or a part, and removes it', async () => {
    await storage().put(key, Readable.from([Buffer.from('hello '), Buffer.from('world')]));
    expect(await text(await storage().get(key))).toBe('hello world');
    expect(await text(await storage().get(key, { start: 4, end: 6 }))).toBe('o w');
    expect(await names()).toEqual([key]);
    await storage().remove(key);
    await storage().remove(key);
    expect(await names()).toEqual([]);
    await expect(storage().get(key)).rejects.toMatchObject({ code: 'recording/no-file' });
  });

  test('replaces a file', async () => {
    await storage().put(key, Readable.from([Buffer.from('first')]));
    await storage().put(key, Readable.from([Buffer.from('second')]));
    expect(await text(await storage().get(key))).toBe('second');
    expect(await names()).toEqual([key]);
  });

  test('keeps nothing of what breaks off', async () => {
    async function* broken() {
      yield Buffer.alloc(6 * 1024 * 1024, 1);
      yield Buffer.alloc(6 * 1024 * 1024, 2);
      throw new Error('the line went dead');
    }
    await expect(storage().put(key, Readable.from(broken()))).rejects.toThrow('the line went dead');
    expect(await names()).toEqual([]);
  });

  test('keeps twenty megabytes as they are', async () => {
    const parts = Array.from({ length: 20 }, (_, n) => Buffer.alloc(1024 * 1024, n));
    await storage().put(key, Readable.from(parts));
    expect((await buffer(await storage().get(key))).equals(Buffer.concat(parts))).toBe(true);
  });
}

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrud-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const files = async () => {
    const all = await readdir(folder, { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  };
  keeps(() => new DiskStorage(folder), files);

  test('lets nobody else read', async () => {
    await new DiskStorage(folder).put(key, Readable.from([Buffer.from('x')]));
    expect((await stat(join(folder, key))).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'recordings'))).mode & 0o077).toBe(0);
  });

  test('is never left', async () => {
    const storage = new DiskStorage(folder);
    for (const outside of ['../x', 'a/../../x', '']) {
      await expect(storage.get(outside)).rejects.toThrow('is outside of');
      await expect(storage.remove(outside)).rejects.toThrow('is outside of');
    }
  });

  test('is rid of what a process left half written an hour ago', async () => {
    const storage = new DiskStorage(folder);
    await storage.removeAbandoned();
    await storage.put(key, Readable.from([Buffer.from('x')]));
    const [old, young] = ['old', 'young'].map((name) => join(folder, `${key}.${name}.partial`));
    for (const path of [old, young]) await writeFile(path ?? '', 'half');
    await utimes(old ?? '', 0, 0);
    await storage.removeAbandoned();
    expect((await files()).sort()).toEqual([key, `${key}.young.partial`]);
  });

  test('that cannot be written to is named', async () => {
    await writeFile(join(folder, 'recordings'), 'in the way');
    await expect(new DiskStorage(folder).put(key, Readable.from([Buffer.from('x')]))).rejects.toMatchObject({
      code: 'recording/not-kept',
      message: expect.stringContaining(folder),
    });
  });
});

describe('a bucket', () => {
  let s3: S3Double;
  beforeEach(async () => {
    s3 = await startS3Double();
  });
  afterEach(() => s3.close());
  const storage = () => new S3Storage(s3.target);

  keeps(storage, async () => {
    expect([...s3.uploads.keys()]).toEqual([]);
    return [...s3.objects.keys()];
  });

  test('takes nothing with a wrong key', async () => {
    const wrong = new S3Storage({ ...s3.target, secretKey: 'guessed' });
    await expect(wrong.put(key, Readable.from([Buffer.from('x')]))).rejects.toMatchObject({
      code: 'recording/not-kept',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
    expect(s3.objects.size).toBe(0);
  });

  test('that is not there is named', async () => {
    const other = new S3Storage({ ...s3.target, bucket: 'other' });
    await expect(other.get(key)).rejects.toMatchObject({
      code: 'recording/not-read',
      message: expect.stringContaining('NoSuchBucket'),
    });
  });

  test('that does not answer is not waited for', async () => {
    s3.interfere(() => new Promise(() => {}));
    const storage = new S3Storage(s3.target, { answer: 100, part: 100 });
    const message = expect.stringContaining('no answer within 0.1 s');
    await expect(storage.get(key)).rejects.toMatchObject({ code: 'recording/not-read', message });
    const large = Readable.from([Buffer.alloc(6 * 1024 * 1024)]);
    await expect(storage.put(key, large)).rejects.toMatchObject({ code: 'recording/not-kept', message });
    await expect(storage.remove(key)).rejects.toMatchObject({ message });
  });

  test('is rid of what a process left half uploaded a day ago', async () => {
    const of = (initiated: Date) => ({ key, initiated, parts: new Map() });
    s3.uploads.set('old', of(new Date(0))).set('young', of(new Date()));
    await storage().removeAbandoned();
    expect([...s3.uploads.keys()]).toEqual(['young']);
  });
});
