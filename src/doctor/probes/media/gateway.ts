/**
 * A way to LiveKit's signalling that goes through here, so that one can decide which ICE candidates two sides hear of.
 * No SDK can be told to use UDP or TCP alone, and on the way one sees what LiveKit tells its clients.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignalRequest, SignalResponse, type TrickleRequest } from '@livekit/protocol';
import WebSocket, { type RawData, WebSocketServer } from 'ws';
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
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const candidates: Candidate[] = [];
  const behind = new Set<WebSocket>();
  server.on('connection', (client, request) => {
    const upstream = connectUpstream(options, request);
    behind.add(upstream);
    upstream.on('close', () => behind.delete(upstream));
    const { direct } = options;
    const isOffered = () => direct === undefined;
    const isTold = (candidate: Candidate) => {
      candidates.push(candidate);
      return direct === undefined || candidate.protocol === direct;
    };
    join(client, upstream, (data) => rewrite(SignalRequest, data, isOffered, true));
    join(upstream, client, (data) => rewrite(SignalResponse, data, isTold, direct === undefined));
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    candidates,
    close() {
      for (const socket of [...server.clients, ...behind]) socket.terminate();
      server.close();
    },
  };
}

function connectUpstream({ base, skipTLSVerify }: GatewayOptions, { url = '/', headers }: IncomingMessage) {
  const { authorization } = headers;
  return new WebSocket(`${base.href.replace(/\/$/, '').replace(/^http/, 'ws')}${url}`, {
    rejectUnauthorized: !skipTLSVerify,
    headers: authorization === undefined ? {} : { authorization },
  });
}

/** Passes on what `from` says, unless nothing is left of it, and its end. */
function join(from: WebSocket, to: WebSocket, change: (data: Buffer) => Uint8Array | undefined): void {
  const pass = (data: RawData, binary: boolean) => {
    try {
      const changed = binary ? change(data as Buffer) : data;
      if (changed !== undefined) to.send(changed, { binary });
    } catch {
      // It does not speak as LiveKit does; ending here is how a client would take it.
      from.terminate();
    }
  };
  from.on('message', (data, binary) => {
    if (to.readyState === WebSocket.CONNECTING) to.once('open', () => pass(data, binary));
    else if (to.readyState === WebSocket.OPEN) pass(data, binary);
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
