import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** A tar archive of files, as goreleaser packs one. */
export function tarball(
  files: { path: string; content: string | Buffer; type?: 'File' | 'SymbolicLink' }[],
): Buffer {
  const blocks = files.flatMap(({ path, content, type = 'File' }) => {
    const bytes = type === 'File' ? Buffer.from(content) : Buffer.alloc(0);
    const header = new Header({ path, mode: 0o755, size: bytes.length, type, mtime: new Date(0) });
    if (type === 'SymbolicLink') header.linkpath = String(content);
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 0 });
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

export interface ReleaseServer {
  url: string;
  /** `GET path range`, in the order they came. */
  requests: string[];
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => boolean | undefined;

/**
 * Serves `files` by path, with ranges, like GitHub's storage.
 * @param before gets each request first, and returns true when it has answered
 */
export async function serveRelease(
  files: Record<string, Buffer | string>,
  before?: Handler,
): Promise<ReleaseServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push([path, request.headers.range].filter(Boolean).join(' '));
    if (before?.(request, response, path)) return;
    const content = files[path];
    if (content === undefined) {
      response.writeHead(404).end('Not Found');
      return;
    }
    const bytes = Buffer.from(content);
    const start = Number(request.headers.range?.match(/bytes=(\d+)-/)?.[1] ?? 0);
    if (start >= bytes.length && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else if (start > 0) {
      response.writeHead(206, {
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
        'content-length': bytes.length - start,
      });
      response.end(bytes.subarray(start));
    } else {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
