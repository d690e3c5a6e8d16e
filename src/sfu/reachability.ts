/** The way to a server below HTTP: its name, its port, its certificate. Each step has an end. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { reasonOf, systemCode } from '../core/errors.ts';

export interface ProbeOptions {
  /** For each step, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface ProbeError {
  /** The system's or TLS library's code, or that of a failure of ours. */
  code: string;
  error: string;
  hint?: string;
}

export interface TlsFacts {
  /** Why the chain or the name doesn't verify; absent when it does. */
  problem?: string;
  protocol: string;
  subject: string;
  issuer: string;
  /** DNS names and addresses it is valid for. */
  names: string[];
  /** ISO 8601. */
  validTo: string;
}

/** The name's addresses, as this host resolves it. */
export async function resolve(
  host: string,
  options: ProbeOptions,
): Promise<{ addresses: string[] } | ProbeError> {
  try {
    const found = await withTimeout(lookup(host, { all: true }), options);
    return { addresses: found.map(({ address }) => address) };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { code: systemCode(error) ?? 'ETIMEDOUT', error: reasonOf(error) };
  }
}

/** Opens and closes a TCP connection. */
export function reach(
  host: string,
  port: number,
  options: ProbeOptions,
): Promise<{ address: string; ms: number } | ProbeError> {
  const began = performance.now();
  return new Promise((done) => {
    const socket = connect({ host, port, signal: options.signal });
    const end = (result: { address: string; ms: number } | ProbeError) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(options.timeoutMs, () =>
      end({ code: 'ETIMEDOUT', error: `no answer within ${options.timeoutMs / 1000} s` }),
    );
    socket.once('connect', () =>
      end({ address: socket.remoteAddress ?? host, ms: Math.round(performance.now() - began) }),
    );
    socket.once('error', (error) => end(errorFacts(error)));
  });
}

/** Looks at the certificate that a server shows. Nothing is sent to it. */
export function handshake(host: string, port: number, options: ProbeOptions): Promise<TlsFacts | ProbeError> {
  return new Promise((done) => {
    const socket = connectTls({
      host,
      port,
      // What is wrong with it is what is asked for.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (result: TlsFacts | ProbeError) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(options.timeoutMs, () =>
      end({ code: 'ETIMEDOUT', error: 'the TLS handshake got no answer' }),
    );
    socket.once('error', (error) => end(errorFacts(error)));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      const problem = socket.authorized ? undefined : String(socket.authorizationError);
      end({
        ...certificateFacts(certificate),
        protocol: socket.getProtocol() ?? '',
        ...(problem ? { problem } : {}),
      });
    });
  });
}

function certificateFacts(certificate: PeerCertificate): Omit<TlsFacts, 'protocol'> {
  const one = (name: string | string[] | undefined) => [name ?? ''].flat().join(', ');
  return {
    subject: one(certificate.subject?.CN),
    issuer: one(certificate.issuer?.CN ?? certificate.issuer?.O),
    names: (certificate.subjectaltname ?? '')
      .split(', ')
      .flatMap((name) => name.replace(/^(DNS|IP Address):/, '') || []),
    validTo: new Date(certificate.valid_to).toISOString(),
  };
}

/** A host with several addresses fails with one error for each. */
function errorFacts(error: Error): ProbeError {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  // OpenSSL's messages name its source files; its reason is a few words.
  const said = first instanceof Error && 'reason' in first ? String(first.reason) : reasonOf(first);
  return { code: systemCode(first) ?? 'unknown', error: said };
}

function withTimeout<T>(work: Promise<T>, { timeoutMs, signal }: ProbeOptions): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const cut = signal ? AbortSignal.any([signal, timeout]) : timeout;
  return Promise.race([
    work,
    new Promise<never>((_, reject) =>
      cut.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), {
        once: true,
      }),
    ),
  ]);
}
