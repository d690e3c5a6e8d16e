/** This host: its addresses, its kernel's limits, and whether it is a container. */
import { access, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

export interface HostFacts {
  /** Of its interfaces, loopback included. */
  addresses: string[];
  container: boolean;
  /** net.core.rmem_max, in bytes; Linux only. */
  receiveBufferMax?: number;
}

export async function lookAtHost(): Promise<HostFacts> {
  const addresses = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  );
  const container = await access('/.dockerenv').then(
    () => true,
    () => false,
  );
  const limit = Number(await readFile('/proc/sys/net/core/rmem_max', 'utf8').catch(() => ''));
  return { addresses, container, ...(limit > 0 ? { receiveBufferMax: limit } : {}) };
}
