import { isIP, isIPv4 } from 'node:net';
import { canonical, isLoopback } from '../../addresses.ts';
import type { Facts } from '../../facts.ts';
import { inNetworks } from '../cidr.ts';
import { iceRange, udpPort } from '../rtc/media-ports.ts';

/** A socket that the server opens by its configuration. */
export interface Listener {
  /** The dotted key of its port. */
  at: string;
  /** The dotted key of its address, where one is written. */
  addressAt?: string;
  protocol: 'tcp' | 'udp';
  /** As it is written; empty: all. */
  address: string;
  port: number;
  stage: 'rtc' | 'turn' | 'listen';
  /** Before what Go says of a failure. */
  prefix: string;
  /** As Go names it: `tcp4` where it listens on IPv4 alone. */
  network: string;
  /** The how manieth the server opens, from 1. */
  order: number;
}

type Unordered = Omit<Listener, 'order'>;

/** In the order in which the server opens them. */
export function listenersOf(facts: Facts): Listener[] {
  const all = [...mediaListeners(facts), ...turnListeners(facts), ...signalListeners(facts)];
  // With port 0 the API listens all the same, somewhere.
  const used = all.filter(({ at, port }) => port > 0 || at === 'port');
  return used.map((listener, index) => ({ ...listener, order: index + 1 }));
}

function mediaListeners(facts: Facts): Unordered[] {
  const rtc = { stage: 'rtc', prefix: '', address: '' } as const;
  const tcp: Unordered = {
    ...rtc,
    at: 'rtc.tcp_port',
    protocol: 'tcp',
    network: 'tcp',
    port: facts.number('rtc.tcp_port', 7881),
  };
  if (iceRange(facts) !== undefined || facts.flag('rtc.force_tcp')) return [tcp];
  // Of a range as many ports are opened as there are processors, from the first on.
  const port = udpPort(facts)?.start ?? 0;
  const udp = { ...rtc, at: 'rtc.udp_port', protocol: 'udp', network: 'udp', port } as const;
  return [...mediaAddresses(facts).map((address) => ({ ...udp, address })), tcp];
}

/** Media go by the addresses of the interfaces, one socket for each. */
function mediaAddresses(facts: Facts): string[] {
  const addresses = facts.addresses();
  // Which address is whose is not known here.
  if (facts.list('rtc.interfaces.includes').length + facts.list('rtc.interfaces.excludes').length > 0)
    return [];
  if (addresses === undefined) return [''];
  const includes = facts.list('rtc.ips.includes');
  return addresses.filter(
    (address) =>
      (facts.flag('rtc.enable_loopback_candidate') || !isLoopback(address)) &&
      (includes.length === 0 || inNetworks(address, includes)) &&
      !inNetworks(address, facts.list('rtc.ips.excludes')),
  );
}

function turnListeners(facts: Facts): Unordered[] {
  if (!facts.flag('turn.enabled')) return [];
  const list = facts.since('1.10.1') ? facts.get('turn.bind_addresses') : undefined;
  const addresses = list === undefined ? ['0.0.0.0'] : facts.list('turn.bind_addresses');
  return addresses.flatMap((address, index) =>
    (['tcp', 'udp'] as const).map((protocol) => {
      const at = protocol === 'tcp' ? 'turn.tls_port' : 'turn.udp_port';
      return {
        at,
        ...(list === undefined ? {} : { addressAt: `turn.bind_addresses.${index}` }),
        protocol,
        address,
        port: facts.number(at),
        stage: 'turn',
        prefix: `could not listen on TURN ${protocol.toUpperCase()} port: `,
        network: facts.since('1.10.1') ? protocol : `${protocol}4`,
      } satisfies Unordered;
    }),
  );
}

function signalListeners(facts: Facts): Unordered[] {
  const metrics = facts.number('prometheus_port') > 0 ? 'prometheus_port' : 'prometheus.port';
  const isSet = Array.isArray(facts.get('bind_addresses'));
  const addresses = isSet ? facts.list('bind_addresses') : [''];
  return addresses.flatMap((address, index) =>
    ['port', metrics, 'debug_handler.port'].map((at) => ({
      at,
      ...(isSet ? { addressAt: `bind_addresses.${index}` } : {}),
      protocol: 'tcp' as const,
      address,
      port: facts.number(at, at === 'port' ? 7880 : 0),
      stage: 'listen' as const,
      prefix: '',
      network: 'tcp',
    })),
  );
}

/** Does one of the two keep the other from listening? */
export function collide(a: Listener, b: Listener): boolean {
  if (a.protocol !== b.protocol || a.port !== b.port || a.port === 0) return false;
  const [one, other] = [scopeOf(a), scopeOf(b)];
  if (one === 'all' || other === 'all' || one === other) return true;
  return (one === 'IPv4' && isIPv4(other)) || (other === 'IPv4' && isIPv4(one));
}

/** Where it listens: `all`, all of `IPv4`, or the one address. */
function scopeOf({ address, network }: Listener): string {
  const name = address === 'localhost' ? '127.0.0.1' : address;
  const bare = isIP(name) === 0 ? name : canonical(name);
  // Go takes 0.0.0.0 for all addresses, unless it is told to keep to IPv4.
  if (bare === '' || bare === '0.0.0.0' || bare === '::') return network.endsWith('4') ? 'IPv4' : 'all';
  return bare;
}

/** `127.0.0.1:7880` or `[::1]:7880`, as Go prints it. */
export function hostPort({ address, port }: Listener): string {
  const host = address === 'localhost' ? '127.0.0.1' : address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
