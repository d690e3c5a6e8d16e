import { networkInterfaces } from 'node:os';

/** The addresses of this host's interfaces, IPv6 without zones, as {@link canonical} writes them. */
export function hostAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) =>
    list.map(({ address }) => canonical(address)),
  );
}

/** One writing for every address: `2001:DB8:0::1` as `2001:db8::1`, `::ffff:10.0.0.1` as `10.0.0.1`, without a zone. */
export function canonical(address: string): string {
  const [bare = ''] = address.split('%');
  if (!bare.includes(':')) return bare;
  const v6 = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = v6.match(/^::ffff:([\da-f]+):([\da-f]+)$/) ?? [];
  if (high === undefined || low === undefined) return v6;
  const [a, b] = [high, low].map((part) => Number.parseInt(part, 16)) as [number, number];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.');
}

/** 127.0.0.0/8 and ::1, of an address as {@link canonical} writes it. */
export const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);
