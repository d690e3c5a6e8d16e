/** Joins a room as a client would, as far as the answer to joining, and leaves again. */
import { LeaveRequest, SignalRequest, SignalResponse } from '@livekit/protocol';
import WebSocket from 'ws';
import { reasonOf, systemCode } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { TurnCredentials } from './stun.ts';

export interface IceServer {
  /** `turns:turn.example.com:443?transport=tcp`. */
  urls: string[];
  credentials: TurnCredentials;
}

export type SignalAnswer =
  | { kind: 'joined'; version: string; iceServers: IceServer[] }
  /** Something answered, and not with a WebSocket. */
  | { kind: 'refused'; status: number; contentType: string; body: string }
  | { kind: 'unreachable'; code: string | undefined; problem: string };

export interface JoinOptions {
  token: string;
  skipTLSVerify: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

/** @param base where LiveKit is: `wss://meet.example.com/livekit` */
export function joinOnce(base: URL, options: JoinOptions): Promise<SignalAnswer> {
  const target = new URL(`${base.href.replace(/\/$/, '').replace(/^http/, 'ws')}/rtc`);
  target.searchParams.set('access_token', options.token);
  target.searchParams.set('protocol', '16');
  target.searchParams.set('auto_subscribe', '0');
  return new Promise((resolve) => {
    const socket = new WebSocket(target, {
      rejectUnauthorized: !options.skipTLSVerify,
      maxPayload: 1024 * 1024,
    });
    const end = (answer: SignalAnswer) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', interrupted);
      socket.terminate();
      resolve(answer);
    };
    const unreachable = (problem: string, code?: string) => end({ kind: 'unreachable', code, problem });
    const interrupted = () => unreachable('interrupted');
    const timer = setTimeout(
      () => unreachable(`no answer within ${options.timeoutMs / 1000} s`, 'ETIMEDOUT'),
      options.timeoutMs,
    );
    options.signal.addEventListener('abort', interrupted, { once: true });
    socket.on('error', (error) => unreachable(redact(reasonOf(error)), systemCode(error)));
    socket.on('close', (code) =>
      unreachable(`the connection was closed before the answer to joining (${code})`),
    );
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 500) body += chunk;
      });
      response.on('close', () =>
        end({
          kind: 'refused',
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type']?.replace(/;.*/, '') ?? '',
          body: redact(body.trim()).slice(0, 200),
        }),
      );
    });
    socket.on('message', (data: Buffer, binary) => {
      const answer = joinAnswer(data, binary);
      if (answer === undefined) return;
      leave(socket, () => end(answer));
    });
  });
}

function joinAnswer(data: Buffer, binary: boolean): SignalAnswer | undefined {
  try {
    const { message } = binary
      ? SignalResponse.fromBinary(data)
      : SignalResponse.fromJsonString(data.toString());
    if (message.case !== 'join') return undefined;
    const { serverInfo, serverVersion, iceServers } = message.value;
    return {
      kind: 'joined',
      version: serverInfo?.version || serverVersion,
      iceServers: iceServers.map(({ urls, username, credential }) => ({
        urls,
        credentials: { username, password: credential },
      })),
    };
  } catch {
    return {
      kind: 'refused',
      status: 101,
      contentType: '',
      body: 'a WebSocket that does not speak as LiveKit does',
    };
  }
}

/** Says goodbye, so that the room doesn't wait for us to come back. */
function leave(socket: WebSocket, done: () => void): void {
  const goodbye = new SignalRequest({ message: { case: 'leave', value: new LeaveRequest() } });
  socket.send(goodbye.toBinary(), done);
}
