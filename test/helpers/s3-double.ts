/**
 * A double of an S3 server: as much of its protocol as objects need, in memory. What it doesn't do, it refuses. Requests
 * are judged by their signature (SigV4), which the AWS SDK's own signer makes once more here.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import type { UploadTarget } from '../../src/sfu/egress.ts';

export interface S3Double {
  /** How to reach it, with the only key it takes. */
  target: UploadTarget;
  objects: Map<string, Buffer>;
  /** Multipart uploads that have neither been completed nor aborted. */
  uploads: Map<string, { key: string; initiated: Date; parts: Map<number, Buffer> }>;
  /** `PUT recordings/x.mp4`, and what it was answered. */
  requests: { line: string; status: number }[];
  /** How many bytes it has handed out. */
  sent(): number;
  /** Called before a request is answered; what it returns is answered instead. */
  interfere(hook: ((line: string) => number | undefined | Promise<number | undefined>) | undefined): void;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

class Sha256 {
  #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }
  update(data: Uint8Array | string) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

const bytes = (value: string | ArrayBuffer | ArrayBufferView): string | Uint8Array =>
  typeof value === 'string'
    ? value
    : ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);

export async function startS3Double(): Promise<S3Double> {
  const credentials = { accessKeyId: 'AKdouble', secretAccessKey: 'a-secret-of-the-double' };
  const region = 'eu-test-1';
  const bucket = 'meetings';
  const objects: S3Double['objects'] = new Map();
  const uploads: S3Double['uploads'] = new Map();
  const requests: S3Double['requests'] = [];
  let sent = 0;
  let hook: Parameters<S3Double['interfere']>[0];

  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: Sha256 as never,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const isSigned = async ({ headers, method = '', url = '' }: IncomingMessage): Promise<boolean> => {
    const given = headers.authorization;
    if (given === undefined) return false;
    const names = /SignedHeaders=([^,]+)/.exec(given)?.[1]?.split(';') ?? [];
    const { pathname, searchParams } = new URL(url, 'http://double');
    const query: Record<string, string> = {};
    for (const [name, value] of searchParams) query[name] = value;
    const signed = await signer.sign(
      {
        method,
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: pathname,
        query,
        headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
      },
      { signingDate: dateOf(String(headers['x-amz-date'])) },
    );
    return signed.headers['authorization'] === given;
  };

  const answer = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double');
    if (!(await isSigned(request))) return refusal(403, 'SignatureDoesNotMatch');
    const hash = request.headers['x-amz-content-sha256'];
    if (hash !== 'UNSIGNED-PAYLOAD' && hash !== createHash('sha256').update(body).digest('hex')) {
      return refusal(400, 'XAmzContentSHA256Mismatch');
    }
    const [, named, ...rest] = decodeURIComponent(pathname).split('/');
    if (named !== bucket) return refusal(404, 'NoSuchBucket');
    const key = rest.join('/');
    const uploadId = searchParams.get('uploadId');
    const parts = uploads.get(uploadId ?? '')?.parts;
    if (uploadId !== null && parts === undefined) return refusal(404, 'NoSuchUpload');
    switch (`${request.method} ${[...searchParams.keys()].filter((name) => name !== 'x-id').sort()}`) {
      case 'PUT ':
        objects.set(key, body);
        return { status: 200, headers: { etag: etagOf(body) } };
      case 'GET ': {
        const object = objects.get(key);
        if (object === undefined) return refusal(404, 'NoSuchKey');
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
        if (first === undefined) return { status: 200, body: object };
        if (Number(first) >= object.length) return refusal(416, 'InvalidRange');
        return { status: 206, body: object.subarray(Number(first), Number(last) + 1) };
      }
      case 'DELETE ':
        objects.delete(key);
        return { status: 204 };
      case 'POST uploads': {
        const id = randomUUID();
        uploads.set(id, { key, initiated: new Date(), parts: new Map() });
        return xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId><Key>${key}</Key>`);
      }
      case 'GET prefix,uploads': {
        const listed = [...uploads].map(
          ([id, { key, initiated }]) =>
            `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
        );
        return xml('ListMultipartUploadsResult', listed.join(''));
      }
      case 'PUT partNumber,uploadId':
        parts?.set(Number(searchParams.get('partNumber')), body);
        return { status: 200, headers: { etag: etagOf(body) } };
      case 'POST uploadId': {
        const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, n]) => Number(n));
        const whole = numbers.map((n) => parts?.get(n) ?? Buffer.alloc(0));
        // All but the last have to have five mebibytes, as in the real one.
        if (whole.slice(0, -1).some(({ length }) => length < 5 * 1024 * 1024))
          return refusal(400, 'EntityTooSmall');
        objects.set(key, Buffer.concat(whole));
        uploads.delete(uploadId ?? '');
        return xml('CompleteMultipartUploadResult', `<Key>${key}</Key><ETag>${etagOf(body)}</ETag>`);
      }
      case 'DELETE uploadId':
        uploads.delete(uploadId ?? '');
        return { status: 204 };
      default:
        return refusal(501, 'NotImplemented');
    }
  };

  const server = createServer(async (request, response) => {
    // Who uploads may end in the middle of it, and then nobody waits for an answer.
    const received = await buffer(request).catch(() => undefined);
    if (received === undefined) return;
    const line = `${request.method} ${decodeURIComponent(request.url?.replace(/\?.*/s, '') ?? '').replace(`/${bucket}/`, '')}`;
    const instead = await hook?.(line);
    const { status, headers, body } =
      instead === undefined ? await answer(request, received) : refusal(instead, 'InternalError');
    requests.push({ line, status });
    sent += body?.length ?? 0;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  return {
    target: { endpoint: `http://127.0.0.1:${port}`, bucket, region, accessKey, secretKey },
    objects,
    uploads,
    requests,
    sent: () => sent,
    interfere(given) {
      hook = given;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** `20260301T103000Z` */
function dateOf(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

const etagOf = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;

const xml = (name: string, content: string, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`,
});

const refusal = (status: number, code: string): Answer =>
  xml('Error', `<Code>${code}</Code><Message>${code}</Message>`, status);
