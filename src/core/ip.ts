/** What an IP address is good for. */
import { BlockList, isIP } from 'node:net';

export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'link-local'
  | 'multicast'
  /** RFC 1918 and RFC 4193, which is what Go's IsPrivate and therefore LiveKit goes by. */
  | 'private'
  | 'public';

const ranges: [Exclude<AddressKind, 'public'>, string, number, 'ipv4' | 'ipv6'][] = [
  ['unspecified', '0.0.0.0', 32, 'ipv4'],
  ['unspecified', '::', 128, 'ipv6'],
  ['loopback', '127.0.0.0', 8, 'ipv4'],
  ['loopback', '::1', 128, 'ipv6'],
  ['link-local', '169.254.0.0', 16, 'ipv4'],
  ['link-local', 'fe80::', 10, 'ipv6'],
  ['multicast', '224.0.0.0', 4, 'ipv4'],
  // 255.255.255.255 and the rest of class E: as little of an endpoint as a group is.
  ['multicast', '240.0.0.0', 4, 'ipv4'],
  ['multicast', 'ff00::', 8, 'ipv6'],
  ['private', '10.0.0.0', 8, 'ipv4'],
  ['private', '172.16.0.0', 12, 'ipv4'],
  ['private', '192.168.0.0', 16, 'ipv4'],
  ['private', 'fc00::', 7, 'ipv6'],
];
const lists = new Map<AddressKind, BlockList>();
for (const [kind, network, prefix, family] of ranges) {
  const list = lists.get(kind) ?? new BlockList();
  list.addSubnet(network, prefix, family);
  lists.set(kind, list);
}

/** What kind of address `text` is, or undefined when it is none. Brackets and zones are not part of an address. */
export function addressKind(text: string): AddressKind | undefined {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return undefined;
  for (const [kind, list] of lists) {
    if (list.check(text, family === 4 ? 'ipv4' : 'ipv6')) return kind;
  }
  return 'public';
}
