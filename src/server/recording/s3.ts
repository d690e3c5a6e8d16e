/** Recordings in a bucket of S3, or of what speaks its protocol. */
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Failure, failure, reasonOf } from '../../core/errors.ts';
import type { UploadTarget } from '../../sfu/egress.ts';
import type { Range, Storage } from './storage.ts';

export class S3Storage implements Storage {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ endpoint, bucket, region, accessKey, secretKey }: UploadTarget) {
    this.#bucket = bucket;
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
    await upload.done().catch((error: unknown) => {
      // What went wrong where the content comes from is told as it is.
      if (error instanceof Failure) throw error;
      throw failure('recording/not-kept', { where: `s3://${this.#bucket}`, reason: said(error) }, error);
    });
  }

  async get(key: string, range?: Range): Promise<Readable> {
    const part = range ? { Range: `bytes=${range.start}-${range.end}` } : {};
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#object(key), ...part }));
      return Body as Readable;
    } catch (error) {
      throw failure('recording/no-file', { reason: `s3://${this.#bucket}/${key}: ${said(error)}` }, error);
    }
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(key)));
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }
}

/** `NoSuchKey: The specified key does not exist.` */
function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : reasonOf(error);
}
