/** Downloads that survive a broken connection: what has arrived is kept, and the next attempt asks for the rest. */
import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { Failure, failure, reasonOf, systemCode } from '../core/errors.ts';
import { cacheUnwritable } from './cache.ts';

export interface DownloadLimits {
  /** Connecting, an answer, and the next bytes each take at most this long. In milliseconds. */
  idleMs: number;
  /** The whole download, in milliseconds. */
  totalMs: number;
  /** How often a connection may break. */
  attempts: number;
  /** Wait before another attempt, in milliseconds; it doubles. */
  retryMs: number;
  /** In bytes. */
  size: number;
}

export const defaultLimits: DownloadLimits = {
  idleMs: 30_000,
  totalMs: 30 * 60_000,
  attempts: 5,
  retryMs: 500,
  size: 512 * 1024 * 1024,
};

const maxRedirects = 5;

/** Errors that another attempt doesn't mend: nobody there, no such name, a certificate that isn't trusted. */
const hopeless = /^(ECONNREFUSED|ENOTFOUND|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/;

export interface Downloader {
  /** The text of a small file. @throws Failure `install/not-found`, `install/download-failed` */
  text(url: string): Promise<string>;
  /**
   * Saves what `url` gives as `file`, going on behind what `file` holds already.
   * @param onProgress bytes so far, and in all where the server says
   * @throws Failure `install/not-found`, `install/download-failed`, `output/unwritable`
   */
  save(
    url: string,
    file: string,
    onProgress?: (done: number, total: number | undefined) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

/** @param env for HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case */
export async function makeDownloader(
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
  limits: DownloadLimits = defaultLimits,
): Promise<Downloader> {
  const { EnvHttpProxyAgent, request } = await import('./undici.ts');
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? '',
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '',
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    connect: { timeout: limits.idleMs },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
  });
  const deadline = AbortSignal.timeout(limits.totalMs);
  const cut = signal ? AbortSignal.any([signal, deadline]) : deadline;

  /** Follows redirects, as GitHub answers every download with one. */
  async function ask(from: string, headers: Record<string, string>): Promise<Dispatcher.ResponseData> {
    let url = from;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const response = await request(url, { dispatcher, headers, signal: cut });
      const location = response.headers['location'];
      if (response.statusCode < 300 || response.statusCode >= 400 || typeof location !== 'string')
        return response;
      await response.body.dump();
      const next = new URL(location, url);
      if (url.startsWith('https:') && next.protocol !== 'https:') {
        throw failed(from, `it redirects to ${next.protocol}//, which anybody on the way could change`);
      }
      url = next.href;
    }
    throw failed(from, `more than ${maxRedirects} redirects`);
  }

  async function refuse(response: Dispatcher.ResponseData, url: string): Promise<never> {
    await response.body.dump();
    if (response.statusCode === 404) throw failure('install/not-found', { url });
    throw failed(url, `HTTP status ${response.statusCode}`);
  }

  /** One attempt. Bytes that arrive stay in the file, whatever ends it. */
  async function continueFile(url: string, file: string, onProgress: Parameters<Downloader['save']>[2]) {
    const have = (await stat(file).catch(() => undefined))?.size ?? 0;
    const response = await ask(url, have > 0 ? { range: `bytes=${have}-` } : {});
    const { statusCode: status, headers } = response;
    if (status === 416 && have > 0) {
      await response.body.dump();
      // Either everything is there already, or it is another file's beginning.
      if (headers['content-range'] === `bytes */${have}`) return;
      await rm(file);
      throw new Error('the part on disk does not fit');
    }
    const resumes = status === 206 && String(headers['content-range']).startsWith(`bytes ${have}-`);
    if (!resumes && status !== 200) return refuse(response, url);
    const start = resumes ? have : 0;
    const length = Number(headers['content-length'] ?? Number.NaN);
    const total = Number.isNaN(length) ? undefined : start + length;
    if ((total ?? 0) > limits.size) {
      response.body.destroy();
      throw failed(url, `${total} bytes are more than any release has`);
    }
    let done = start;
    const handle = await open(file, resumes ? 'a' : 'w', 0o600);
    try {
      // Each chunk is on disk before the next is awaited: what broke off later loses nothing of it.
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        done += chunk.length;
        if (done > limits.size) throw failed(url, `more than ${limits.size} bytes`);
        await handle.write(chunk);
        onProgress?.(done, total);
      }
    } finally {
      await handle.close();
    }
    if (total !== undefined && done < total) throw new Error(`it ended after ${done} of ${total} bytes`);
  }

  /** Repeats what a broken connection ended; what the server refused is final. */
  async function persistently<T>(url: string, attempt: () => Promise<T>): Promise<T> {
    for (let left = limits.attempts - 1, wait = limits.retryMs; ; left -= 1, wait *= 2) {
      try {
        return await attempt();
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof Failure) throw error;
        const code = systemCode(error);
        if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS')
          throw cacheUnwritable(fileOf(error), error);
        if (deadline.aborted) throw failed(url, `not done within ${limits.totalMs / 60_000} minutes`);
        if (left <= 0 || hopeless.test(code ?? '')) throw failed(url, reasonOf(error), error);
        await sleep(wait, undefined, { signal: cut }).catch(() => undefined);
      }
    }
  }

  return {
    text: (url) =>
      persistently(url, async () => {
        const response = await ask(url, {});
        if (response.statusCode !== 200) return refuse(response, url);
        let text = '';
        for await (const chunk of response.body) {
          text += chunk;
          if (text.length > 1024 * 1024) throw failed(url, 'it is too large for a list of checksums');
        }
        return text;
      }),
    save: (url, file, onProgress) => persistently(url, () => continueFile(url, file, onProgress)),
    close: () => dispatcher.destroy(),
  };
}

function failed(url: string, reason: string, cause?: unknown): Failure {
  return failure('install/download-failed', { url, reason }, cause);
}

function fileOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).path ?? 'the cache';
}
