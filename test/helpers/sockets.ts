/** What /proc tells of another process's sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The addresses that a process's sockets listen on (TCP) or are bound to (UDP). */
export function boundAddresses(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1],
    ),
  );
  const listening = '0A';
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1, -1)
      .map((row) => row.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode]) =>
          inodes.has(inode) && (table.startsWith('udp') || state === listening),
      )
      .map(([, local = '']) => addressOf(local.split(':')[0] ?? '')),
  );
}

/** `0100007F` → `127.0.0.1`; IPv6 addresses stay as they are. */
function addressOf(hex: string): string {
  if (hex.length > 8) return hex;
  return [...Buffer.from(hex, 'hex')].reverse().join('.');
}
