/** What TURN needs to be told since it changed. */
import { addressKind } from '../../core/ip.ts';
import { atLeast } from '../versions.ts';
import type { YamlNode } from '../yaml/index.ts';
import { find, setting } from './edit.ts';
import { pathPointer, type Situation, type Step } from './step.ts';

/** Since 1.12.0 TURN refuses to relay to private addresses; the SFU itself is the peer that clients relay to. */
export function allowPrivatePeers({ text, root, from, to, undecided }: Situation): Step | undefined {
  const path = 'turn.allow_restricted_peer_cidrs';
  const turn = find(root, ['turn', 'enabled'])?.at(-1);
  const pointer = pathPointer(path);
  if (!atLeast(to, '1.12.0') || (from !== undefined && atLeast(from, '1.12.0'))) return undefined;
  if (turn === undefined || !isTrue(turn.value) || undecided.has(pointer)) return undefined;
  if (find(root, path.split('.')) || isTrue(find(root, ['rtc', 'use_external_ip'])?.at(-1)?.value))
    return undefined;
  const at = turn.key.offset;
  const addresses = nodeIps(root);
  if (addresses.length === 0) {
    const finding: Step['finding'] = {
      id: 'turn/private-peers',
      severity: 'warning',
      message: `livekit-server ${to} does not relay to private addresses, and node_ip does not say whether this host has one`,
      hint: `if it has, add it to ${path}, such as ["10.0.0.5/32"]`,
      pointer,
    };
    return { at, finding };
  }
  const restricted = addresses.filter((address) => addressKind(address) !== 'public');
  if (restricted.length === 0) return undefined;
  const cidrs = restricted.map((address) => `"${address}/${address.includes(':') ? 128 : 32}"`).join(', ');
  const finding: Step['finding'] = {
    id: 'turn/private-peers',
    severity: 'info',
    message: `${path} now allows ${restricted.join(' and ')}: since 1.12.0 TURN does not relay to private addresses otherwise`,
    pointer,
  };
  return { at, finding, edit: setting(text, root, path.split('.'), `[${cidrs}]`) };
}

/** Since 1.10.1 TURN listens on 0.0.0.0 unless told otherwise, and ends when node_ip is an IPv6 address. */
export function bindTurn({ text, root, to }: Situation): Step | undefined {
  const path = 'turn.bind_addresses';
  const turn = find(root, ['turn', 'enabled'])?.at(-1);
  if (!atLeast(to, '1.10.1') || turn === undefined || !isTrue(turn.value)) return undefined;
  const addresses = nodeIps(root);
  if (find(root, path.split('.')) || addresses.length === 0) return undefined;
  if (addresses.some((address) => !address.includes(':'))) return undefined;
  const finding: Step['finding'] = {
    id: 'turn/node-ip-family',
    severity: 'info',
    message: `${path} is now ["::"]: since 1.10.1 TURN listens on IPv4 alone otherwise, and ends with an IPv6 node_ip`,
    pointer: pathPointer(path),
  };
  return { at: turn.key.offset, finding, edit: setting(text, root, path.split('.'), '["::"]') };
}

/** The addresses of rtc.node_ip; none when it is missing. */
function nodeIps(root: YamlNode): string[] {
  const text = find(root, ['rtc', 'node_ip'])?.at(-1)?.value.value ?? '';
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => addressKind(part) !== undefined);
}

function isTrue(node: YamlNode | undefined): boolean {
  return node?.kind === 'scalar' && /^(true|yes|on|y)$/i.test(node.value);
}
