/** What can be seen of a livekit-server from outside, without side effects: facts, and no opinion about them. */
import { isIP } from 'node:net';
import { Failure, reasonOf, systemCode } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import { type SfuConnection, type SfuFetch, sfuFetch, sfuUrl } from './connection.ts';
import type { HttpAnswer } from './http.ts';
import {
  handshake,
  type ProbeError,
  type ProbeOptions,
  reach,
  resolve,
  type TlsFacts,
} from './reachability.ts';
import { mintToken, type TokenSpec } from './tokens.ts';

export type { ProbeError, ProbeOptions, TlsFacts } from './reachability.ts';

export interface ProbeFacts {
  url: string;
  host: string;
  port: number;
  /** Absent for an address. */
  dns?: { addresses: string[] } | ProbeError;
  tcp?: { address: string; ms: number } | ProbeError;
  /** Absent for http://. */
  tls?: TlsFacts | ProbeError;
  /** `GET /`: 200, or 406 while the node's own statistics are stale. Absent when the steps before it failed. */
  root?: Answer | ProbeError;
  /** `/rtc/validate` with a token that may join: tests key, secret, clock and grant. */
  validate?: (Answer & { outcome: ValidateOutcome }) | ProbeError;
  /** `/rtc/v1/validate`, which clients since 2.18 ask first: answered since 1.9.12. */
  validateV1?: (Answer & { known: boolean }) | ProbeError;
  /** RoomService.ListRooms. */
  rooms?: (Answer & { count?: number }) | ProbeError;
  /** The server's clock minus ours, from the Date header: half a second more or less. */
  clockSkewMs?: number;
  /** Releases whose answers look like these; there is no way to ask for the version without joining. */
  release?: { atLeast?: string; below?: string };
}

export interface Answer {
  status: number;
  /** The beginning, without secrets. */
  body: string;
  contentType: string;
  ms: number;
}

export type ValidateOutcome =
  | 'ok'
  | 'wrong-key'
  | 'wrong-secret'
  | 'not-yet-valid'
  | 'expired'
  | 'denied'
  | 'not-livekit';

/** What a refusal says, in releases 1.5.3 to 1.13.5. */
const refusals: [RegExp, ValidateOutcome][] = [
  [/^invalid API key/, 'wrong-key'],
  [/signature is invalid|error in cryptographic primitive/, 'wrong-secret'],
  [/not valid yet|issued in the future/, 'not-yet-valid'],
  [/token is expired/, 'expired'],
  [/^permissions denied/, 'denied'],
];

/**
 * Looks at a livekit-server, step by step; what fails is a fact too.
 * @throws Failure `sfu/bad-url`; the signal's reason
 */
export async function probeSfu(connection: SfuConnection, options: ProbeOptions): Promise<ProbeFacts> {
  const fetch = sfuFetch(connection);
  const url = sfuUrl(connection.url) as URL;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const facts: ProbeFacts = { url: connection.url, host, port };
  if (isIP(host) === 0) {
    facts.dns = await resolve(host, options);
    if ('error' in facts.dns) return facts;
  }
  facts.tcp = await reach(host, port, options);
  if ('error' in facts.tcp) return facts;
  if (url.protocol === 'https:') {
    facts.tls = await handshake(host, port, options);
    if ('error' in facts.tls || (facts.tls.problem !== undefined && !connection.skipTLSVerify)) return facts;
  }
  await askHttp(fetch, connection, facts, options);
  options.signal?.throwIfAborted();
  return facts;
}

async function askHttp(
  fetch: SfuFetch,
  keys: SfuConnection,
  facts: ProbeFacts,
  options: ProbeOptions,
): Promise<void> {
  const ask = (path: string, request?: Parameters<SfuFetch>[1]) => answerTo(fetch, path, options, request);
  const root = await ask('/');
  if ('error' in root) {
    facts.root = root;
    return;
  }
  facts.root = root.answer;
  // The header has cut its fraction of a second off.
  if (root.date !== undefined) facts.clockSkewMs = root.date + 500 - Date.now();
  const join = tokenFor(keys, { room: 'bedrud-probe' });
  // A 401 without side effect, whose words changed with 1.13.
  const foreign = tokenFor(
    { ...keys, apiSecret: 'not-the-secret-of-any-server-at-all' },
    { room: 'bedrud-probe' },
  );
  const list = tokenFor(keys, { grants: { video: { roomList: true } } });
  const [validate, validateV1, rooms, refused] = await Promise.all([
    ask(`/rtc/validate?access_token=${join}`),
    ask(`/rtc/v1/validate?access_token=${join}`),
    ask('/twirp/livekit.RoomService/ListRooms', {
      method: 'POST',
      headers: { authorization: `Bearer ${list}`, 'content-type': 'application/json' },
      body: '{}',
    }),
    ask(`/rtc/validate?access_token=${foreign}`),
  ]);
  facts.validate =
    'error' in validate ? validate : { ...validate.answer, outcome: outcomeOf(validate.answer) };
  facts.validateV1 =
    'error' in validateV1 ? validateV1 : { ...validateV1.answer, known: isV1(validateV1.answer) };
  facts.rooms = 'error' in rooms ? rooms : { ...rooms.answer, ...countRooms(rooms.text) };
  if (!('error' in refused) && !('error' in validateV1)) {
    facts.release = releaseOf(validateV1.answer, refused.answer);
  }
}

function tokenFor(keys: SfuConnection, spec: TokenSpec): string {
  return mintToken(keys, { identity: 'bedrud-probe', ttlMs: 120_000, ...spec });
}

function outcomeOf({ status, body }: Answer): ValidateOutcome {
  if (status === 200 && body === 'success') return 'ok';
  if (status !== 401) return 'not-livekit';
  return refusals.find(([pattern]) => pattern.test(body))?.[1] ?? 'not-livekit';
}

/** It wants a join_request, which only LiveKit does; or the token was refused, in LiveKit's words. */
function isV1({ status, body }: Answer): boolean {
  return (
    (status === 400 && body.startsWith('join_request')) || (status === 401 && /^invalid|^perm/.test(body))
  );
}

function countRooms(text: string): { count?: number } {
  try {
    const { rooms } = JSON.parse(text) as { rooms?: unknown };
    return Array.isArray(rooms) ? { count: rooms.length } : {};
  } catch {
    return {};
  }
}

/** Bounds from what 1.5.3 to 1.13.5 were seen to answer; LiveKit's own 404 is Go's. */
function releaseOf(v1: Answer, refused: Answer): { atLeast?: string; below?: string } {
  if (v1.status === 404 && v1.body === '404 page not found') return { below: '1.9.12' };
  if (!isV1(v1)) return {};
  if (/signature is invalid/.test(refused.body)) return { atLeast: '1.13.0' };
  if (/cryptographic primitive/.test(refused.body)) return { atLeast: '1.9.12', below: '1.13.0' };
  return {};
}

async function answerTo(
  fetch: SfuFetch,
  path: string,
  { timeoutMs, signal }: ProbeOptions,
  request: Parameters<SfuFetch>[1] = {},
): Promise<{ answer: Answer; text: string; date?: number } | ProbeError> {
  const began = performance.now();
  try {
    const response = await fetch(path, { ...request, timeoutMs, signal });
    const text = await beginningOf(response);
    const date = Date.parse(response.headers.get('date') ?? '');
    const words = redact(text.trim()).replace(/^invalid token: \S*, error: /, '');
    return {
      answer: {
        status: response.status,
        body: words.slice(0, 200),
        contentType: response.headers.get('content-type')?.replace(/;.*/, '') ?? '',
        ms: Math.round(performance.now() - began),
      },
      text,
      ...(Number.isNaN(date) ? {} : { date }),
    };
  } catch (error) {
    signal?.throwIfAborted();
    const code = error instanceof Failure ? causeCode(error) : (systemCode(error) ?? 'unknown');
    return { code, error: reasonOf(error), ...(error instanceof Failure ? { hint: error.hint } : {}) };
  }
}

function causeCode(failure: Failure): string {
  let code: string = failure.code;
  for (let cause: unknown = failure.cause; cause instanceof Error; cause = cause.cause) {
    code = systemCode(cause) ?? code;
  }
  return code;
}

/** As much of a body as an answer of LiveKit's can have: whoever sends more without end isn't it. In bytes. */
const bodyLimit = 4 * 1024 * 1024;

async function beginningOf(response: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size >= bodyLimit) break;
  }
  return Buffer.concat(chunks).toString();
}
