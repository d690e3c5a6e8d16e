/** Asks STUN and TURN servers, over UDP and over TLS, to do what clients will ask of them. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { reasonOf } from '../../core/errors.ts';
import {
  allocateRequest,
  bindingRequest,
  challengeOf,
  decode,
  errorOf,
  mappedAddress,
  messageType,
  relayedAddress,
  releaseRequest,
  type StunMessage,
  type StunRequest,
  type TurnCredentials,
} from './stun.ts';

export interface Target {
  host: string;
  port: number;
  /** For each answer, in milliseconds. */
  timeoutMs: number;
}

/** What a server made of being asked. */
export type TurnAnswer =
  | {
      ok: true;
      /** Our address as the server sees it. */
      mapped?: string;
      /** The address it relays from, when an allocation was asked for. */
      relayed?: string;
    }
  | { ok: false; problem: string };

export interface ServedCertificate {
  /** In hexadecimal. */
  serialNumber: string;
  validTo: Date;
  /** Why it doesn't verify for the host asked; absent when it does. */
  problem?: string;
}

/** One exchange after another with a server. */
interface Channel {
  ask(request: StunRequest): Promise<StunMessage>;
  close(): void;
}

/** A STUN binding over UDP, and with `credentials` a TURN allocation that is given back at once. */
export async function askOverUdp(target: Target, credentials?: TurnCredentials): Promise<TurnAnswer> {
  return converse(udpChannel(target), credentials);
}

/** The same over TCP. */
export async function askOverTcp(target: Target, credentials?: TurnCredentials): Promise<TurnAnswer> {
  try {
    const socket = await opened(connectTcp(target.port, target.host), 'connect', target);
    return await converse(streamChannel(socket, target), credentials);
  } catch (error) {
    return { ok: false, problem: reasonOf(error) };
  }
}

/** The same over TLS, as browsers do it, and the certificate that was served on the way. */
export async function askOverTls(
  target: Target,
  credentials?: TurnCredentials,
): Promise<TurnAnswer & { certificate?: ServedCertificate }> {
  try {
    const socket = await tlsSocket(target);
    const certificate = certificateOf(socket);
    return {
      ...(await converse(streamChannel(socket, target), credentials)),
      ...(certificate ? { certificate } : {}),
    };
  } catch (error) {
    return { ok: false, problem: reasonOf(error) };
  }
}

/** What answers STUN where TURN over TLS does not: TURN without TLS, or behind a TLS that somebody else has ended, TURN with its own. */
export type Instead = 'plain' | 'tls-in-tls';

/** Finds out why {@link askOverTls} was not answered, if it is one of the two ways to misconfigure a load balancer. */
export async function askOtherwise(target: Target): Promise<Instead | undefined> {
  const [plain, wrapped] = await Promise.all([askOverTcp(target), askWithinTls(target)]);
  return plain.ok ? 'plain' : wrapped ? 'tls-in-tls' : undefined;
}

async function askWithinTls(target: Target): Promise<boolean> {
  try {
    const socket = await tlsSocket(target, await tlsSocket(target));
    return (await converse(streamChannel(socket, target), undefined)).ok;
  } catch {
    return false;
  }
}

async function converse(channel: Channel, credentials: TurnCredentials | undefined): Promise<TurnAnswer> {
  try {
    const bound = await channel.ask(bindingRequest());
    if (bound.type !== messageType.bindingSuccess) return { ok: false, problem: 'it refuses a STUN binding' };
    const mapped = mappedAddress(bound);
    const answer: TurnAnswer = credentials ? await allocate(channel, credentials) : { ok: true };
    return answer.ok && mapped ? { ...answer, mapped } : answer;
  } catch (error) {
    return { ok: false, problem: reasonOf(error) };
  } finally {
    channel.close();
  }
}

async function allocate(channel: Channel, credentials: TurnCredentials): Promise<TurnAnswer> {
  const challenge = challengeOf(await channel.ask(allocateRequest()));
  if (challenge === undefined) return { ok: false, problem: 'it answers STUN and not TURN' };
  const signature = { credentials, challenge };
  const allocated = await channel.ask(allocateRequest(signature));
  if (allocated.type !== messageType.allocateSuccess) {
    return { ok: false, problem: `it refuses an allocation: ${errorOf(allocated) ?? 'without a reason'}` };
  }
  await channel.ask(releaseRequest(signature));
  const relayed = relayedAddress(allocated);
  return { ok: true, ...(relayed ? { relayed } : {}) };
}

/** When a datagram is sent again, in milliseconds after the first. */
const retransmits = [200, 600, 1_400];

function udpChannel({ host, port, timeoutMs }: Target): Channel {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  return {
    close: () => socket.close(),
    ask: ({ bytes, transaction }) =>
      new Promise((resolve, reject) => {
        const end = () => {
          for (const timer of timers) clearTimeout(timer);
          socket.off('message', receive);
        };
        const fail = (error: Error) => {
          end();
          reject(error);
        };
        const receive = (datagram: Buffer) => {
          const answer = decode(datagram);
          if (!answer?.transaction.equals(transaction)) return;
          end();
          resolve(answer);
        };
        const send = () => socket.send(bytes, port, host, (error) => error && fail(error));
        const timers = [
          ...retransmits.filter((ms) => ms < timeoutMs).map((ms) => setTimeout(send, ms)),
          setTimeout(() => fail(noAnswer(timeoutMs)), timeoutMs),
        ];
        socket.on('message', receive);
        send();
      }),
  };
}

/** @param within a connection to do it in, instead of one of its own */
async function tlsSocket(target: Target, within?: Socket): Promise<TLSSocket> {
  const { host, port } = target;
  const socket = connectTls({
    ...(within ? { socket: within } : { host, port }),
    // Looked at, and reported; a browser would not go on.
    rejectUnauthorized: false,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  return opened(socket, 'secureConnect', target);
}

/** @throws when `event` doesn't come in time */
async function opened<S extends Socket>(socket: S, event: string, { timeoutMs }: Target): Promise<S> {
  const what = event === 'connect' ? 'connection' : 'TLS handshake';
  const timer = setTimeout(
    () => socket.destroy(new Error(`no ${what} within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    await once(socket, event);
    return socket;
  } finally {
    clearTimeout(timer);
    socket.on('error', () => {});
  }
}

function certificateOf(socket: TLSSocket): ServedCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    serialNumber: certificate.serialNumber,
    validTo: new Date(certificate.validTo),
    ...(socket.authorized ? {} : { problem: String(socket.authorizationError) }),
  };
}

function streamChannel(socket: Socket, { timeoutMs }: Target): Channel {
  return {
    close: () => socket.destroy(),
    ask: ({ bytes, transaction }) =>
      new Promise((resolve, reject) => {
        let received = Buffer.alloc(0);
        const end = () => {
          clearTimeout(timer);
          socket.off('data', receive).off('close', closed);
        };
        const fail = (error: Error) => {
          end();
          reject(error);
        };
        const timer = setTimeout(() => fail(noAnswer(timeoutMs)), timeoutMs);
        const closed = () => fail(new Error('it closes the connection when asked by STUN'));
        const receive = (chunk: Buffer) => {
          received = Buffer.concat([received, chunk]);
          // The top bits of a STUN message are zero; HTTP begins with a letter.
          if ((received[0] ?? 0) > 3) return fail(new Error('it does not speak STUN there'));
          const answer = decode(received);
          if (!answer?.transaction.equals(transaction)) return;
          end();
          resolve(answer);
        };
        socket.on('data', receive).on('close', closed);
        socket.write(bytes);
      }),
  };
}

function noAnswer(timeoutMs: number): Error {
  return new Error(`no answer within ${timeoutMs / 1000} s`);
}
