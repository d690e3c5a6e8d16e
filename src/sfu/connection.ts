/** The wire to livekit-server: where it is, with which key, and HTTP requests whose failures say what to mend. */
import { Failure, failure, reasonOf, systemCode } from '../core/errors.ts';
import { type HttpAnswer, type HttpRequest, httpClient, refusedPorts } from './http.ts';

export interface SfuConnection {
  /** `http(s)://host:port`, with a path where a proxy puts LiveKit under one. */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Accept any certificate, from this server alone. */
  skipTLSVerify: boolean;
}

export interface SfuRequest extends Omit<HttpRequest, 'signal'> {
  /** Default {@link defaultTimeoutMs}. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Requests `path` (`/rtc/validate?…`) of the server. Answers of every status but a redirect are returned; the
 * body must be read or cancelled.
 * @throws Failure `sfu/unreachable`; the signal's reason when that ended it
 */
export type SfuFetch = (path: string, request?: SfuRequest) => Promise<HttpAnswer>;

const defaultTimeoutMs = 10_000;

/**
 * `text` as the base for requests, or undefined when it is no http(s):// or ws(s):// URL. LiveKit serves its API
 * and its WebSocket on one port, so either scheme names both.
 */
export function sfuUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text.replace(/^ws(?=s?:)/i, 'http'));
  if (!/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * A fetch for one server. It keeps connections open between requests, so make one and keep it.
 * @throws Failure `sfu/bad-url`
 */
export function sfuFetch(connection: Pick<SfuConnection, 'url' | 'skipTLSVerify'>): SfuFetch {
  const base = sfuUrl(connection.url);
  if (base === undefined) throw failure('sfu/bad-url', { url: connection.url });
  const prefix = `${base.origin}${base.pathname.replace(/\/$/, '')}`;
  const send = httpClient(!connection.skipTLSVerify);
  return async (path, { timeoutMs = defaultTimeoutMs, signal, ...request } = {}) => {
    // LiveKit's clients are browsers.
    if (refusedPorts.has(Number(base.port || 80))) throw refusedPort(prefix);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(`${prefix}${path}`, {
        ...request,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      // Followed, a redirect would carry the token to a host nobody configured.
      if (response.status >= 300 && response.status < 400) throw redirected(prefix, response.headers);
      return response;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (timeout.aborted) throw unreachable(prefix, 'ETIMEDOUT', error, timeoutMs);
      throw error instanceof Failure ? error : unreachable(prefix, causeCode(error), error, timeoutMs);
    }
  };
}

const tlsHint =
  'install a certificate that covers the name, point NODE_EXTRA_CA_CERTS at your own authority, or set livekit.skipTLSVerify for this server';

/** What the codes of Node.js mean, and what to do. */
const reasons: Record<string, [reason: string, hint: string]> = {
  ECONNREFUSED: [
    'connection refused',
    'start livekit-server, or correct the address (livekit.internalHost, LIVEKIT_INTERNAL_HOST or --url)',
  ],
  ENOTFOUND: ['the name does not resolve', 'correct the name, or the resolver of this host'],
  EAI_AGAIN: ['the name could not be resolved just now', 'check the resolver of this host'],
  ECONNRESET: [
    'the connection was closed without an answer',
    'check that this port speaks HTTP, and whether a proxy in between closes it',
  ],
  EHOSTUNREACH: ['no route to the host', 'check the address and the firewall'],
  ENETUNREACH: ['no route to the network', 'check the address and the routes of this host'],
  EACCES: ['a local policy forbids the connection', 'check the firewall of this host'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', tlsHint],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate comes from an unknown authority', tlsHint],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate chain is incomplete or from an unknown authority',
    `serve the intermediate certificates too; otherwise ${tlsHint}`,
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its certificate comes from an unknown authority', tlsHint],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew the certificate'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', "check the clocks, or the certificate's dates"],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', tlsHint],
  HPE: ['its answer is not HTTP', 'check the port; if TLS is expected there, use https:// (wss://)'],
  // What else OpenSSL can't make sense of.
  EPROTO: [
    'it does not speak TLS on this port, or none that this program does',
    'use http:// (ws://) for it',
  ],
};

function unreachable(url: string, code: string | undefined, cause: unknown, timeoutMs: number): Error {
  if (code === 'ETIMEDOUT') {
    return failure(
      'sfu/unreachable',
      {
        url,
        reason: `no answer within ${timeoutMs / 1000} s`,
        hint: 'check the address, and that a firewall lets this host through',
      },
      cause,
    );
  }
  const [reason, hint] = reasons[normalised(code)] ?? [
    code === undefined ? innermost(cause) : `${innermost(cause)} (${code})`,
    'check the address and whether livekit-server runs there',
  ];
  return failure('sfu/unreachable', { url, reason, hint }, cause);
}

function normalised(code: string | undefined): string {
  if (code?.startsWith('HPE_')) return 'HPE';
  return code === 'EPIPE' ? 'ECONNRESET' : (code ?? '');
}

function refusedPort(url: string): Error {
  return failure('sfu/unreachable', {
    url,
    reason: 'programs and browsers refuse to connect to this port: it belongs to another protocol',
    hint: 'correct the port, or give LiveKit another one',
  });
}

function redirected(url: string, headers: { get(name: string): string | null }): Error {
  const target = headers.get('location') ?? 'elsewhere';
  return failure('sfu/unreachable', {
    url,
    reason: `it redirects to ${target.replace(/\?.*/s, '')}`,
    hint: 'name the address it redirects to',
  });
}

/** Of errors within errors, the innermost code. */
function causeCode(error: unknown): string | undefined {
  let code: string | undefined;
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    code = systemCode(e) ?? code;
  }
  return code;
}

/** Did a request fail before the server could have seen it? */
export function neverSent(error: Error): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(
    causeCode(error.cause) ?? '',
  );
}

function innermost(error: unknown): string {
  let last: unknown = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return reasonOf(last);
}
