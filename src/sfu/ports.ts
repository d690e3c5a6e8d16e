/** Are the ports free that the SFU is about to take, and if not, who has them? */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { failure, systemCode } from '../core/errors.ts';
import { commandLineOf, processIds } from './proc.ts';

export interface PortUse {
  port: number;
  protocol: 'tcp' | 'udp';
  /** The key that sets it, `livekit.port`. */
  setting: string;
}

/**
 * Tries to bind each port.
 * @throws Failure `ports/in-use` for the first that is taken, with its owner where that can be seen;
 * `ports/denied` for one that this user may not bind
 */
export async function requireFreePorts(ports: readonly PortUse[]): Promise<void> {
  for (const [i, use] of ports.entries()) {
    const twin = ports
      .slice(0, i)
      .find(({ port, protocol }) => port === use.port && protocol === use.protocol);
    if (twin) throw failure('ports/in-use', { ...use, owner: `livekit-server itself (${twin.setting})` });
  }
  const codes = await Promise.all(ports.map((use) => bindError(use)));
  for (const [i, use] of ports.entries()) {
    const code = codes[i];
    if (code === 'EADDRINUSE') {
      throw failure('ports/in-use', {
        ...use,
        owner: portOwner(use) ?? 'another process (its owner is not visible to this user)',
      });
    }
    if (code === 'EACCES') throw failure('ports/denied', { ...use });
  }
}

/** The system's error code when the port can't be bound, undefined when it can. */
function bindError({ port, protocol }: PortUse): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve(systemCode(error));
    if (protocol === 'tcp') {
      const server = createServer().once('error', failed);
      server.listen({ port, exclusive: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket('udp4').once('error', failed);
      socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }
  });
}

/** `livekit-server (pid 4711)`, or undefined where /proc doesn't show it. */
export function portOwner({ port, protocol }: Pick<PortUse, 'port' | 'protocol'>): string | undefined {
  const inodes = new Set([...socketInodes(protocol, port), ...socketInodes(`${protocol}6`, port)]);
  if (inodes.size === 0) return undefined;
  for (const pid of processIds()) {
    if (socketsOf(pid).some((inode) => inodes.has(inode))) {
      // Not its arguments: they may hold a secret.
      return `${basename(commandLineOf(pid)[0] ?? 'a process')} (pid ${pid})`;
    }
  }
  return undefined;
}

/** Inodes of the sockets bound to `port`, of TCP only those that listen. */
function socketInodes(table: string, port: number): string[] {
  const listening = '0A';
  const inodes: string[] = [];
  for (const row of lines(`/proc/net/${table}`).slice(1)) {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    const isBound = Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    if (isBound && inode && (table.startsWith('udp') || state === listening)) inodes.push(inode);
  }
  return inodes;
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = linkOf(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/) ?? [];
      return inode ?? [];
    });
  } catch {
    // Another user's process, or one that has just ended.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
