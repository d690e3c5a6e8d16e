import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Is `text` what Go's net.ParseCIDR takes? */
export function isCidr(text: string): boolean {
  const [, address = '', prefix = ''] = text.match(/^([^/%]+)\/(\d{1,3})$/) ?? [];
  if (isIPv4(address)) return Number(prefix) <= 32;
  return isIPv6(address) && Number(prefix) <= 128;
}

/** Is `address` in one of `cidrs`? What is no network is passed over. */
export function inNetworks(address: string, cidrs: readonly string[]): boolean {
  const networks = new BlockList();
  for (const cidr of cidrs.filter(isCidr)) {
    const [network = '', prefix] = cidr.split('/');
    networks.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return isIP(address) !== 0 && networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
