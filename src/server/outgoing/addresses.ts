/**
 * Which addresses deliveries may go to. Subscriptions are made by administrators of meetings, who need not be those of
 * this network: what only this host or its neighbours can reach is not for them to probe.
 */
import { BlockList, isIP } from 'node:net';
import { addressKind } from '../../core/ip.ts';

/** Besides what addressKind tells: addresses of a provider's network, of tests, and those that lead to other ones. */
const special: [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
];
const refused = new BlockList();
for (const [network, prefix, family] of special) refused.addSubnet(network, prefix, family);

/** Says whether a delivery may go to an address. */
export type AddressRule = (address: string) => boolean;

/**
 * Public addresses, and the networks that the operator names.
 * @param networks `10.1.0.0/16,fd00::/8`; what is none of that allows nothing
 */
export function addressRule(networks: string | undefined): AddressRule {
  const allowed = new BlockList();
  for (const network of (networks ?? '').split(/[\s,]+/)) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIP(address);
    if (family === 0) continue;
    const bits = family === 4 ? 32 : 128;
    const length = prefix === '' ? bits : Number(prefix);
    if (Number.isInteger(length) && length >= 0 && length <= bits) {
      allowed.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
    }
  }
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (allowed.check(address, family)) return true;
    return addressKind(address) === 'public' && !refused.check(address, family);
  };
}
