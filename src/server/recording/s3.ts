/** Recordings in a bucket of S3, or of what speaks its protocol. */
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Failure, failure, reasonOf } from '../../core/errors.ts';
import type { UploadTarget } from '../../sfu/egress.ts';
import type { Range, Storage } from './storage.ts';

/** In milliseconds. */
export interface Patience {
  /** For an answer to begin. */
  answer: number;
  /** For a part of an upload, of five mebibytes. */
  part: number;
}

/** The SDK has none: who is connected and silent would keep us for ever. */
const usual: Patience = { answer: 30_000, part: 120_000 };
/** Nobody uploads for so long, in milliseconds. */
const abandoned = 86_400_000;

export class S3Storage implements Storage {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #patience: Patience;

  constructor({ endpoint, bucket, region, accessKey, secretKey }: UploadTarget, patience = usual) {
    this.#bucket = bucket;
    this.#patience = patience;
    // Which Node.js later versions of the SDK want is no concern of who runs this one.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    this.#client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      // What everything that calls itself S3-compatible understands.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  async put(key: string, content: Readable): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(key), Body: content, ContentType: 'video/mp4' },
    });
    const { part } = this.#patience;
    const silence = setTimeout(() => void upload.abort(), part);
    upload.on('httpUploadProgress', () => silence.refresh());
    try {
      await upload.done();
    } catch (error) {
      // What went wrong where the content comes from is told as it is.
      if (error instanceof Failure) throw error;
      const reason = isAbort(error) ? noAnswer(part) : said(error);
      throw failure('recording/not-kept', { where: `s3://${this.#bucket}`, reason }, error);
    } finally {
      clearTimeout(silence);
    }
  }

  async get(key: string, range?: Range): Promise<Readable> {
    const part = range ? { Range: `bytes=${range.start}-${range.end}` } : {};
    try {
      const { Body } = await this.#answer((abortSignal) =>
        this.#client.send(new GetObjectCommand({ ...this.#object(key), ...part }), { abortSignal }),
      );
      return Body as Readable;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') {
        throw failure('recording/no-file', { reason: 'it is not where it was kept' }, error);
      }
      throw failure('recording/not-read', { reason: said(error) }, error);
    }
  }

  async remove(key: string): Promise<void> {
    await this.#answer((abortSignal) =>
      this.#client.send(new DeleteObjectCommand(this.#object(key)), { abortSignal }),
    );
  }

  async removeAbandoned(): Promise<void> {
    const list = new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: 'recordings/' });
    const { Uploads = [] } = await this.#answer((abortSignal) => this.#client.send(list, { abortSignal }));
    for (const { Key = '', UploadId, Initiated } of Uploads) {
      if (Initiated === undefined || Initiated.getTime() > Date.now() - abandoned) continue;
      const abort = new AbortMultipartUploadCommand({ ...this.#object(Key), UploadId });
      await this.#answer((abortSignal) => this.#client.send(abort, { abortSignal }));
    }
  }

  /** @throws Error when no answer begins in time. What has begun may take longer: whoever reads it decides. */
  async #answer<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { answer } = this.#patience;
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), answer);
    try {
      return await ask(giveUp.signal);
    } catch (error) {
      throw giveUp.signal.aborted ? new Error(noAnswer(answer), { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function noAnswer(after: number): string {
  return `no answer within ${after / 1000} s`;
}

/** `NoSuchBucket: The specified bucket does not exist.` */
function said(error: unknown): string {
  return error instanceof Error && error.name !== 'Error'
    ? `${error.name}: ${error.message}`
    : reasonOf(error);
}
