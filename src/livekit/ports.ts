/** Which ports a LiveKit configuration opens, and what has to reach them. */
import type { Tree } from './render/types.ts';

export interface PortUse {
  protocol: 'tcp' | 'udp';
  from: number;
  /** The same as `from` for a single port. */
  to: number;
  purpose: string;
  /** Who connects: everybody, this host alone, or whoever measures. */
  reachedBy: 'clients' | 'local' | 'monitoring';
  /** livekit-server's name for it, as its `ports` command prints it; absent where it prints none. */
  label?: string;
}

/**
 * The ports of `config`, as livekit-server fills it in (defaults of 1.5.0 to 1.13.5), in the order in which its
 * `ports` command lists them.
 */
export function portsOf(config: Tree): PortUse[] {
  const rtc = section(config, 'rtc');
  const turn = section(config, 'turn');
  const uses: PortUse[] = [
    single('tcp', number(config['port']) ?? 7880, 'signalling and the server API', 'HTTP service'),
  ];
  const iceTcp = number(rtc['tcp_port']) ?? 7881;
  if (iceTcp > 0) uses.push(single('tcp', iceTcp, 'media where UDP is blocked', 'ICE/TCP'));
  uses.push(...mediaPorts(rtc));
  if (turn['enabled'] === true) {
    const tls = number(turn['tls_port']) ?? 0;
    const udp = number(turn['udp_port']) ?? 0;
    if (tls > 0)
      uses.push(single('tcp', tls, 'relayed media over TLS; clients are sent to port 443', 'TURN/TLS'));
    if (udp > 0) uses.push(single('udp', udp, 'relayed media, and STUN', 'TURN/UDP'));
    const from = number(turn['relay_range_start']) || 30_000;
    const to = number(turn['relay_range_end']) || 40_000;
    uses.push({ protocol: 'udp', from, to, purpose: 'between TURN and the SFU', reachedBy: 'local' });
  }
  const prometheus = number(section(config, 'prometheus')['port']) ?? number(config['prometheus_port']) ?? 0;
  if (prometheus > 0) {
    uses.push({
      protocol: 'tcp',
      from: prometheus,
      to: prometheus,
      purpose: 'metrics',
      reachedBy: 'monitoring',
    });
  }
  return uses;
}

/** udp_port counts only without a range; the range is taken when both are set. */
function mediaPorts(rtc: Tree): PortUse[] {
  const media = (from: number, to: number, label: string): PortUse => ({
    protocol: 'udp',
    from,
    to,
    purpose: 'media',
    reachedBy: 'clients',
    label,
  });
  const start = number(rtc['port_range_start']) ?? 0;
  const [from, to = from] = String(rtc['udp_port'] ?? '')
    .split('-')
    .map(Number);
  if (start === 0 && from && to) return [media(from, to, 'ICE/UDP')];
  return [media(start || 50_000, number(rtc['port_range_end']) || 60_000, 'ICE/UDP range')];
}

function single(protocol: 'tcp' | 'udp', port: number, purpose: string, label: string): PortUse {
  return { protocol, from: port, to: port, purpose, reachedBy: 'clients', label };
}

function section(config: Tree, key: string): Tree {
  const value = config[key];
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
