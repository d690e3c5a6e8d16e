/** Asks a bucket to do what recordings need of it: to take an object, to give it back, and to forget it. */
import { randomUUID } from 'node:crypto';
import { reasonOf } from '../../core/errors.ts';

export interface BucketTarget {
  bucket: string;
  /** Absent: AWS's own, of the region. */
  endpoint: string | undefined;
  region: string | undefined;
  accessKey: string;
  secretKey: string;
  sessionToken: string | undefined;
  forcePathStyle: boolean;
  /** Before the name of each object. */
  prefix: string;
  /** For each step, in milliseconds. */
  timeoutMs: number;
}

export type BucketStep = 'put' | 'get' | 'delete';
export type BucketAnswer =
  | { ok: true }
  | {
      ok: false;
      /** What it was asked to do. */
      step: BucketStep;
      /** S3's word for it, `AccessDenied`; absent where nothing answered. */
      code?: string;
      problem: string;
    };

const content = 'bedrud doctor looks whether recordings can be kept here';

/** Puts a small object of its own, gets and deletes it. */
export async function askBucketWithKeys(target: BucketTarget, signal: AbortSignal): Promise<BucketAnswer> {
  // Which Node.js later versions of the SDK want is no concern of who runs this one.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } = await import('./s3.ts');
  const client = new S3Client({
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    region: target.region ?? 'us-east-1',
    credentials: {
      accessKeyId: target.accessKey,
      secretAccessKey: target.secretKey,
      ...(target.sessionToken === undefined ? {} : { sessionToken: target.sessionToken }),
    },
    forcePathStyle: target.forcePathStyle,
    maxAttempts: 1,
    // What everything that calls itself S3-compatible understands.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const object = { Bucket: target.bucket, Key: `${target.prefix}bedrud-doctor-${randomUUID()}` };
  const limit = () => ({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]) });
  let step: BucketStep = 'put';
  try {
    await client.send(new PutObjectCommand({ ...object, Body: content }), limit());
    step = 'get';
    const { Body } = await client.send(new GetObjectCommand(object), limit());
    const got = await beginningOf(Body as AsyncIterable<Uint8Array>);
    step = 'delete';
    await client.send(new DeleteObjectCommand(object), limit());
    return got === content
      ? { ok: true }
      : { ok: false, step: 'get', problem: 'it gives back something else' };
  } catch (error) {
    return { ok: false, step, ...said(error, target.timeoutMs) };
  } finally {
    client.destroy();
  }
}

/** As much as was put, and a little more: whoever sends more without end didn't keep it. */
async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString();
    if (text.length > content.length) break;
  }
  return text;
}

function said(error: unknown, timeoutMs: number): { code?: string; problem: string } {
  if (!(error instanceof Error)) return { problem: reasonOf(error) };
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return { problem: `no answer within ${timeoutMs / 1000} s` };
  }
  const answered = '$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
  return answered
    ? { code: error.name, problem: `${error.name}: ${error.message}` }
    : { problem: reasonOf(error) };
}
