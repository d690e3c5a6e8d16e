/** Where the files of recordings are kept: a folder, or a bucket. */
import type { Readable } from 'node:stream';
import type { RecordingSettings } from './settings.ts';

/** The first and the last byte of a part. */
export interface Range {
  start: number;
  end: number;
}

export interface Storage {
  /** Keeps all of `content` or, where it fails or the source does, nothing; an earlier file of that name is replaced. */
  put(key: string, content: Readable): Promise<void>;
  /** @throws Failure `recording/no-file`, `recording/not-read` where it may be there */
  get(key: string, range?: Range): Promise<Readable>;
  /** Removes a file, if it is there. */
  remove(key: string): Promise<void>;
  /** Removes what those left half written who died while they kept a file. */
  removeAbandoned(): Promise<void>;
}

/**
 * What is configured keeps new files. Both stay readable, so that a change of the configuration loses nothing: names
 * begin with where the file is.
 */
export class Storages implements Storage {
  readonly #settings: RecordingSettings;
  readonly #made = new Map<string, Promise<Storage>>();

  constructor(settings: RecordingSettings) {
    this.#settings = settings;
  }

  /** The name of a new file. */
  nameFor(path: string): string {
    return `${this.#settings.bucket ? 's3' : 'disk'}:${path}`;
  }

  async put(name: string, content: Readable): Promise<void> {
    const { storage, key } = await this.#find(name);
    await storage.put(key, content);
  }

  async get(name: string, range?: Range): Promise<Readable> {
    const { storage, key } = await this.#find(name);
    return storage.get(key, range);
  }

  async remove(name: string): Promise<void> {
    const { storage, key } = await this.#find(name);
    await storage.remove(key);
  }

  async removeAbandoned(): Promise<void> {
    const { storage } = await this.#find(this.nameFor(''));
    await storage.removeAbandoned();
  }

  async #find(name: string): Promise<{ storage: Storage; key: string }> {
    const [kind = '', key = ''] = name.split(/:(.*)/s);
    const made = this.#made.get(kind) ?? this.#make(kind);
    this.#made.set(kind, made);
    return { storage: await made, key };
  }

  async #make(kind: string): Promise<Storage> {
    const { bucket, folder } = this.#settings;
    if (kind === 'disk') return new (await import('./disk.ts')).DiskStorage(folder);
    if (bucket === undefined) throw new Error('the bucket that holds this recording is no longer configured');
    // The AWS SDK is large, and many have no bucket.
    return new (await import('./s3.ts')).S3Storage(bucket);
  }
}
