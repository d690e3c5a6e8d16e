/** Values that livekit-server reads with code of its own: `rtc.udp_port` and, since 1.10.0, `rtc.node_ip`. */
import { isIPv4, isIPv6 } from 'node:net';
import { canonical } from './addresses.ts';
import { CustomError, type YamlNode } from './yaml/index.ts';

export interface PortRange {
  start: number;
  /** 0 for a single port. */
  end: number;
}

/** `7882` or `7882-7892`. A list or a mapping counts as empty: the server looks at a scalar's text only. */
export function readPortRange(node: YamlNode): PortRange {
  const text = node.value;
  if (text === '') return { start: 0, end: 0 };
  const parts = text.split('-');
  if (parts.length === 1) return { start: atoi(text, `invalid port ${text}`, node), end: 0 };
  if (parts.length !== 2) {
    throw new CustomError(`invalid port range ${text}, should be <start>-<end>`, node);
  }
  const [first = '', last = ''] = parts;
  const start = atoi(trim(first), `invalid start port ${first}`, node);
  const end = atoi(trim(last), `invalid end port ${last}`, node);
  if (end <= start) {
    throw new CustomError(`end port ${end} must be greater than start port ${start}`, node);
  }
  return { start, end };
}

export interface NodeIp {
  v4: string;
  v6: string;
}

/** An IPv4 address, an IPv6 address, or both with a comma between. A mapping counts as empty. */
export function readNodeIp(node: YamlNode): NodeIp {
  const ip: NodeIp = { v4: '', v6: '' };
  if (node.value === '') return ip;
  const parts = node.value.split(',');
  if (parts.length > 2) {
    throw new CustomError(`invalid node ip ${node.value}, should be <ipv4>,<ipv6>`, node);
  }
  for (const part of parts) {
    const text = trim(part);
    if (!isIPv4(text) && (!isIPv6(text) || text.includes('%'))) {
      throw new CustomError(`invalid ip ${part}`, node);
    }
    const address = canonical(text);
    const family = isIPv4(address) ? 'v4' : 'v6';
    if (ip[family] !== '') {
      throw new CustomError(`multiple ip${family} addresses provided: ${ip[family]} and ${address}`, node);
    }
    ip[family] = address;
  }
  return ip;
}

function atoi(text: string, problem: string, node: YamlNode): number {
  if (!/^[-+]?\d+$/.test(text)) {
    throw new CustomError(`${problem}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`, node);
  }
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) {
    throw new CustomError(
      `${problem}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`,
      node,
    );
  }
  return Number(value);
}

function trim(text: string): string {
  return text.replace(/^ +| +$/g, '');
}
