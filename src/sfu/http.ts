/**
 * HTTP requests that answer as fetch does, by node:http. For a fetch Node.js loads all of undici: 15 MB of a server that
 * asks LiveKit every few seconds, and 20 ms of a command.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** The part of fetch's Response that is used. The body must be read to its end, or left in the middle. */
export interface HttpAnswer {
  status: number;
  /** Is the status 2xx? */
  ok: boolean;
  headers: { get(name: string): string | null };
  body: AsyncIterable<Uint8Array>;
  text(): Promise<string>;
}

/** What {@link httpRequests} tells of a request. Headers may still be added at its start. */
export interface HttpMessage {
  url: string;
  method: string;
  headers: Record<string, string>;
  result?: HttpAnswer;
  error?: unknown;
}

/** Every request from its start to the head of its answer, for tracing. */
export const httpRequests = tracingChannel<unknown, HttpMessage>('bedrud:sfu:request');

/** Idle connections are closed before a proxy in between does, which a request could run into. In milliseconds. */
const keepAlive = 4_000;

export type HttpClient = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

/**
 * A client that keeps connections open between requests. Redirects are not followed. It rejects with the error of the
 * socket, the parser or the certificate, or with the signal's reason.
 * @param verifies false: any certificate will do
 */
export function httpClient(verifies: boolean): HttpClient {
  const agents = new Map<string, Promise<Agent>>();
  return (url, { method = 'GET', headers = {}, body, signal }) => {
    const message: HttpMessage = { url, method, headers: { ...headers } };
    return httpRequests.tracePromise(async () => {
      const { protocol } = new URL(url);
      const agent = agents.get(protocol) ?? agentFor(protocol, verifies);
      agents.set(protocol, agent);
      const options = { method, headers: message.headers, agent: await agent, signal };
      return answerOf(await headOf(url, options, body));
    }, message);
  };
}

/** Loaded when there is something to ask: most commands never do. */
async function agentFor(protocol: string, rejectUnauthorized: boolean): Promise<Agent> {
  const options = { keepAlive: true, timeout: keepAlive };
  if (protocol === 'http:') return new (await import('node:http')).Agent(options);
  return new (await import('node:https')).Agent({ ...options, rejectUnauthorized });
}

async function headOf(url: string, options: RequestOptions, body = ''): Promise<IncomingMessage> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(url, options, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

function answerOf(head: IncomingMessage): HttpAnswer {
  const status = head.statusCode ?? 0;
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => [head.headers[name]].flat().join(', ') || null },
    body: head,
    async text() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of head) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
  };
}

/**
 * The ports that fetch refuses, in browsers too: those of other protocols
 * (https://fetch.spec.whatwg.org/#port-blocking).
 */
export const refusedPorts: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95],
  ...[101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179],
  ...[389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636],
  ...[989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);
