/** Every error the API answers: application/problem+json as RFC 9457 has it, made from the table in core/errors. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, Failure, failure, reasonOf, systemCode } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

/** Without its charset. */
export const problemMediaType = 'application/problem+json';
declare module 'fastify' {
  interface FastifyReply {
    /** The code of the error that was answered. */
    problem: ErrorCode | undefined;
  }
}

/** What is over in a moment, and in how many seconds to ask again. */
const passing: ReadonlySet<ErrorCode> = new Set(['store/lost', 'server/draining']);
const soon = 5;

export const problemType = `${problemMediaType}; charset=utf-8`;

/** The body of an error. `code` is the table's; the request id finds the log line. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  hint?: string;
  requestId?: string;
}

/** `known` as a document. What went wrong inside the server is for its log, not for whoever asked. */
export function problemOf(known: Failure, requestId?: string): Problem {
  const status = known.http;
  const inside = status === 500;
  return {
    type: `urn:bedrud:error:${known.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: inside ? 'the server failed to answer this request; its log says why' : known.message,
    code: known.code,
    ...(inside || known.hint === '' ? {} : { hint: known.hint }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** Answers `known`. */
export function sendProblem(reply: FastifyReply, known: Failure): FastifyReply {
  reply.problem = known.code;
  if (known.http === 401) reply.header('www-authenticate', 'Bearer');
  if (passing.has(known.code)) reply.header('retry-after', soon);
  return reply.status(known.http).type(problemType).send(problemOf(known, reply.request.id));
}

/** Fastify's error handler. */
export function onError(error: FastifyError | Failure, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof Failure ? forClients(error) : fromFastify(error, request);
  if (known.http >= 500) {
    // That the database is away is told once, by who watches it, and not for each request.
    request.log[known.code === 'store/lost' ? 'debug' : 'error'](
      { code: known.code, reason: redact(reasonOf(known.cause ?? known)) },
      known.message,
    );
  }
  sendProblem(reply, known);
}

/** What went wrong with LiveKit names its address and its key: the log says it, clients hear that it was LiveKit. */
function forClients(known: Failure): Failure {
  if (!known.code.startsWith('sfu/')) return known;
  const code = known.code === 'sfu/unreachable' ? 'server/sfu-unreachable' : 'server/sfu-failed';
  return failure(code, {}, known);
}

/** What Fastify's own errors are in our table; anything else is a bug. */
function fromFastify(error: FastifyError, request: FastifyRequest): Failure {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return failure('api/too-large', { limit: request.routeOptions.bodyLimit ?? 0 }, error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return failure('api/unsupported-media-type', {}, error);
    default:
  }
  if (error.validation) {
    return failure(
      'api/invalid',
      { problem: error.message, hint: 'see docs/api.md for what it takes' },
      error,
    );
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return failure('api/invalid', { problem: error.message, hint: 'correct the request' }, error);
  }
  return failure('bug/unexpected', { reason: reasonOf(error) }, error);
}

/** Answers bytes that are no HTTP request, or one that never ends, and closes the connection. */
export function onClientError(error: Error, socket: Duplex): void {
  const code = systemCode(error);
  // Without a finished handshake nothing can be said: an answer would wait for it, and keep the connection.
  if (!socket.writable || code === 'ECONNRESET' || /^ERR_(TLS|SSL)_/.test(code ?? '')) {
    socket.destroy();
    return;
  }
  const known =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? failure('api/timeout', {}, error)
      : code === 'HPE_HEADER_OVERFLOW'
        ? failure('api/headers-too-large', {}, error)
        : failure('api/invalid', { problem: 'this is not an HTTP request', hint: 'speak HTTP/1.1' }, error);
  socket.end(rawProblem(known));
}

/** A whole HTTP response, for connections that no framework answers on. */
export function rawProblem(known: Failure): string {
  const problem = problemOf(known);
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
