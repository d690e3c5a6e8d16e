import { isIPv4, isIPv6 } from 'node:net';

/** Is `text` what Go's net.ParseCIDR takes? */
export function isCidr(text: string): boolean {
  const [, address = '', prefix = ''] = text.match(/^([^/%]+)\/(\d{1,3})$/) ?? [];
  if (isIPv4(address)) return Number(prefix) <= 32;
  return isIPv6(address) && Number(prefix) <= 128;
}
