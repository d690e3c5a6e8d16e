/**
 * HTTPS and TURN/TLS on one port. Browsers behind strict firewalls reach port 443 alone, and LiveKit tells them
 * `turns:DOMAIN:443` whatever port its TURN server has. So once a TLS handshake on our port is done, the first
 * byte decides: STUN messages begin with two zero bits and HTTP with a letter (RFC 7983).
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

export interface TurnTarget {
  /** LiveKit's turn.tls_port, on this host. */
  port: number;
  /** LiveKit's turn.domain. */
  domain?: string | undefined;
}

export interface MuxLimits {
  /** For a TLS handshake, in milliseconds. */
  handshake: number;
  /** From the handshake to the first byte, in milliseconds. */
  firstByte: number;
  /** How long a TURN connection may be silent, in milliseconds. Allocations are refreshed every few minutes. */
  turnIdle: number;
  /** How many connections may be in a handshake or waiting for the first byte; the oldest go first. */
  undecided: number;
}

export const usualLimits: MuxLimits = {
  handshake: 10_000,
  firstByte: 10_000,
  turnIdle: 15 * 60_000,
  undecided: 4096,
};

/** STUN's message types, and nothing else we serve, begin with a byte below this. */
const stunBelow = 4;

/**
 * Takes TURN connections out of what `server` accepts; the rest stays HTTPS.
 * @param server not listening yet, made with `handshakeTimeout: limits.handshake`
 * @param turn where to; undefined: STUN is refused. Asked for each connection
 * @returns ends the connections that have not said yet what they are; `server` doesn't know of them
 */
export function muxTurn(
  server: Server,
  turn: () => TurnTarget | undefined,
  limits: MuxLimits = usualLimits,
): () => void {
  const http = server.listeners('secureConnection') as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  // A connection counts from its TCP handshake to its first byte, under its peer's address and port, which the raw
  // socket and the TLS socket around it have in common. Insertion order is age.
  const undecided = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    undecided.set(peer, socket);
    socket.once('close', () => undecided.delete(peer));
    if (undecided.size > limits.undecided)
      for (const oldest of undecided.values()) return void oldest.destroy();
  });
  server.on('secureConnection', (socket) => {
    const peer = peerOf(socket);
    undecided.set(peer, socket);
    const fail = () => socket.destroy();
    const timer = setTimeout(fail, limits.firstByte);
    const decide = () => {
      const first: Buffer | null = socket.read();
      // Readable without data: the peer ended before it said anything.
      if (first === null) return;
      stopWaiting();
      socket.off('error', fail).off('end', fail).off('close', stopWaiting);
      socket.unshift(first);
      if ((first[0] ?? stunBelow) >= stunBelow) {
        for (const handler of http) handler.call(server, socket);
        return;
      }
      const target = turn();
      if (target === undefined) socket.destroy();
      else handOver(socket, target, limits.turnIdle);
    };
    const stopWaiting = () => {
      clearTimeout(timer);
      undecided.delete(peer);
      socket.off('readable', decide);
    };
    socket.on('readable', decide).on('end', fail).on('error', fail).on('close', stopWaiting);
  });
  return () => {
    for (const socket of undecided.values()) socket.destroy();
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Joins the client with LiveKit's TURN server, both ways, until both have ended. */
function handOver(client: TLSSocket, turn: TurnTarget, idle: number): void {
  const livekit = connect({
    host: '127.0.0.1',
    port: turn.port,
    ...(turn.domain === undefined ? {} : { servername: turn.domain }),
    // Our own child process on loopback: what it shows is the certificate that we have just shown ourselves, or
    // the one before its renewal.
    rejectUnauthorized: false,
  });
  for (const [socket, peer] of [
    [client, livekit],
    [livekit, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.setTimeout(idle, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    // What is on its way to the peer still gets there.
    socket.on('close', () => peer.destroySoon());
    socket.pipe(peer);
  }
}
