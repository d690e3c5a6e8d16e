/** Twirp calls as livekit-server takes them: JSON by POST, with every refusal turned into a failure that helps. */
import { failure } from '../core/errors.ts';
import { type SfuConnection, sfuFetch } from './connection.ts';
import { explainDenial } from './denials.ts';
import type { HttpAnswer } from './http.ts';

/** What the SDK's service clients ask of their transport. */
export interface Rpc {
  request(
    service: string,
    method: string,
    data: unknown,
    headers: Record<string, string>,
    timeoutSeconds?: number,
  ): Promise<unknown>;
}

/** The server's own words, as the cause of a failure; for callers that react to one of them. */
export class TwirpAnswer extends Error {
  /** Twirp's error code: `not_found`, `failed_precondition`. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Twirp's code when the server itself answered with an error, or undefined. */
export function twirpCode(error: unknown): string | undefined {
  return error instanceof Error && error.cause instanceof TwirpAnswer ? error.cause.code : undefined;
}

/** A transport for the SDK's clients. They call the global fetch, which knows neither skipTLSVerify nor our failures. */
export function twirp(connection: SfuConnection, signal?: AbortSignal): Rpc {
  const fetch = sfuFetch(connection);
  return {
    async request(service, method, data, headers, timeoutSeconds) {
      const response = await fetch(`/twirp/livekit.${service}/${method}`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(data),
        signal,
        ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }),
      });
      const body = await response.text();
      if (response.ok) return parsed(body) ?? refuseStranger(connection, response, body);
      throw errorAnswer(connection, method, response, body);
    },
  };
}

function errorAnswer(connection: SfuConnection, method: string, response: HttpAnswer, body: string): Error {
  const action = actionOf(method);
  const answer = parsed(body);
  // Other APIs have a code as well; Twirp's errors have a msg beside it.
  const said = typeof answer?.['msg'] === 'string' ? answer['msg'] : undefined;
  const code = said !== undefined && typeof answer?.['code'] === 'string' ? answer['code'] : undefined;
  const message = said ?? body.trim();
  if (response.status === 401 || code === 'unauthenticated') {
    const { reason, hint } = explainDenial(message, connection.apiKey, response.headers.get('date'));
    return failure('sfu/denied', { action, reason, hint }, new TwirpAnswer('unauthenticated', message));
  }
  if (code === undefined) return strangerFailure(connection, response, body);
  const cause = new TwirpAnswer(code, message);
  if (code === 'bad_route') {
    const reason = 'this server does not know the call';
    return failure('sfu/failed', { action, reason, hint: 'upgrade livekit-server' }, cause);
  }
  if (code === 'not_found') {
    const hint = 'bedrud room list and bedrud room participants show who is there';
    return failure('sfu/not-found', { what: `cannot ${action}: ${message}`, hint }, cause);
  }
  const hint = response.status === 503 ? 'try again; the node that has the room does not answer' : '';
  return failure('sfu/failed', { action, reason: message, hint }, cause);
}

function refuseStranger(connection: SfuConnection, response: HttpAnswer, body: string): never {
  throw strangerFailure(connection, response, body);
}

/** Something else sits at the address: a proxy's error page, an application that answers everything. */
function strangerFailure(connection: SfuConnection, response: HttpAnswer, body: string): Error {
  const type = response.headers.get('content-type')?.replace(/;.*/, '') ?? 'no content type';
  const said = /^\s*</.test(body) || body.trim() === '' ? '' : `, "${body.trim().slice(0, 80)}"`;
  return failure('sfu/not-livekit', { url: connection.url, reason: `${response.status} ${type}${said}` });
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** `MutePublishedTrack` as `mute published track`. */
function actionOf(method: string): string {
  return method.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
