/**
 * A way to LiveKit's signalling that goes through here, so that one can decide which ICE candidates two sides hear of.
 * No SDK can be told to use UDP or TCP alone, and on the way one sees what LiveKit tells its clients.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SignalRequest, SignalResponse, type TrickleRequest } from '@livekit/protocol';
import WebSocket, { WebSocketServer } from 'ws';
import { type Candidate, filterDescription, parseCandidate } from './candidate.ts';

export interface GatewayOptions {
  /** Where LiveKit is: `https://meet.example.com/livekit`. */
  base: URL;
  skipTLSVerify: boolean;
  /**
   * Clients hear of LiveKit's candidates of this protocol alone and of no TURN server, and LiveKit of none of theirs:
   * behind most routers it could not reach them first either. Absent: everything is passed on.
   */
  direct?: 'udp' | 'tcp' | undefined;
}

export interface Gateway {
  /** `ws://127.0.0.1:PORT`, for clients. */
  url: string;
  /** What LiveKit told its clients, before any was left out. */
  candidates: Candidate[];
  close(): void;
}

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const candidates: Candidate[] = [];
  const sockets = new Set<Socket>();
  const clients = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  // What else clients ask, when they are refused, is no concern here.
  const server = createServer((_, answer) => answer.writeHead(404).end());
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  server.on('upgrade', (request, socket: Socket, head) => {
    const upstream = connectUpstream(options, request);
    const refuse = (status: number) => socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\n\r\n`);
    socket.on('error', () => upstream.terminate()).on('close', () => upstream.terminate());
    upstream.on('error', () => refuse(502));
    // Clients go by it: one that is told 404 of /rtc/v1 tries /rtc.
    upstream.on('unexpected-response', (_, { statusCode = 502 }) => refuse(statusCode));
    upstream.on('open', () =>
      clients.handleUpgrade(request, socket, head, (client) =>
        connect(client, upstream, options, candidates),
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    candidates,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function connectUpstream({ base, skipTLSVerify }: GatewayOptions, { url = '/', headers }: IncomingMessage) {
  const { authorization } = headers;
  return new WebSocket(`${base.href.replace(/\/$/, '').replace(/^http/, 'ws')}${url}`, {
    rejectUnauthorized: !skipTLSVerify,
    maxPayload: 1024 * 1024,
    headers: authorization === undefined ? {} : { authorization },
  });
}

/** @param candidates what LiveKit tells is added to it */
function connect(
  client: WebSocket,
  upstream: WebSocket,
  { direct }: GatewayOptions,
  candidates: Candidate[],
): void {
  const isOffered = () => direct === undefined;
  const isTold = (candidate: Candidate) => {
    candidates.push(candidate);
    return direct === undefined || candidate.protocol === direct;
  };
  join(client, upstream, (data) => rewrite(SignalRequest, data, isOffered, true));
  join(upstream, client, (data) => rewrite(SignalResponse, data, isTold, direct === undefined));
}

/** Passes on what `from` says, unless nothing is left of it, and its end. */
function join(from: WebSocket, to: WebSocket, change: (data: Buffer) => Uint8Array | undefined): void {
  from.on('message', (data: Buffer, binary) => {
    if (to.readyState !== WebSocket.OPEN) return;
    try {
      const changed = binary ? change(data) : data;
      if (changed !== undefined) to.send(changed, { binary });
    } catch {
      // It does not speak as LiveKit does; ending here is how a client would take it.
      from.terminate();
    }
  });
  from.on('close', () => to.terminate());
  // A close follows.
  from.on('error', () => {});
}

/** The same message with only the candidates and servers that are to be heard of; undefined for one that is nothing else. */
function rewrite(
  type: typeof SignalRequest | typeof SignalResponse,
  data: Buffer,
  keep: (candidate: Candidate) => boolean,
  relays: boolean,
): Uint8Array | undefined {
  const signal = type.fromBinary(data);
  const { message } = signal;
  switch (message.case) {
    case 'offer':
    case 'answer':
      message.value.sdp = filterDescription(message.value.sdp, keep);
      return signal.toBinary();
    case 'trickle':
      return isKept(message.value, keep) ? data : undefined;
    case 'join':
    case 'reconnect':
      if (!relays) message.value.iceServers = [];
      return signal.toBinary();
    default:
      return data;
  }
}

function isKept({ candidateInit }: TrickleRequest, keep: (candidate: Candidate) => boolean): boolean {
  const init = JSON.parse(candidateInit) as { candidate?: string };
  const candidate = parseCandidate(init.candidate ?? '');
  return candidate === undefined || keep(candidate);
}
