/** Where to listen, and what it means when that fails. */

import type { Server } from 'node:net';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { failure, reasonOf, systemCode } from '../core/errors.ts';

/**
 * The address to bind for `server.host`, which may as well be the host's public name, or an address that only its
 * router has: then every address.
 */
export function bindAddress(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost') return '127.0.0.1';
  if (isIP(bare) === 0) return '0.0.0.0';
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const local = bare === '0.0.0.0' || bare === '::' || bare.startsWith('127.');
  return local || own.some(({ address }) => address === bare) ? bare : '0.0.0.0';
}

/** Who listens on a port, `nginx (pid 4711)`; undefined where that can't be seen. */
export type PortOwner = (use: { port: number; protocol: 'tcp' }) => string | undefined;

/**
 * Listens and resolves with the port, which matters where 0 was asked for.
 * @throws Failure `server/port-in-use`, `server/port-refused`
 */
export function listen(server: Server, host: string, port: number, ownerOf?: PortOwner): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, host, port, ownerOf)));
    server.listen({ host, port, backlog: 1024 }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** What an error of listen() means. */
export function listenFailure(error: unknown, host: string, port: number, ownerOf?: PortOwner): Error {
  const code = systemCode(error);
  if (code === 'EADDRINUSE') {
    const owner = ownerOf?.({ port, protocol: 'tcp' }) ?? 'another process';
    return failure('server/port-in-use', { port, host, owner }, error);
  }
  const hint =
    code === 'EACCES'
      ? 'ports below 1024 need the capability cap_net_bind_service, or choose a higher server.port'
      : 'check server.host and server.port';
  return failure('server/port-refused', { port, host, reason: reasonOf(error), hint }, error);
}
