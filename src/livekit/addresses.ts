import { networkInterfaces } from 'node:os';

/** The addresses of this host's interfaces, IPv6 without zones, as {@link canonical} writes them. */
export function hostAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) =>
    list.map(({ address }) => canonical(address)),
  );
}

/** One writing for every address: `2001:DB8:0::1` as `2001:db8::1`, without a zone. */
export function canonical(address: string): string {
  const [bare = ''] = address.split('%');
  return bare.includes(':') ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}
