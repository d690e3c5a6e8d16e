import type { Facts } from '../../facts.ts';
import { iceRange, udpPort } from '../rtc/media-ports.ts';

/** A socket that the server opens by its configuration. */
export interface Listener {
  /** The dotted key of its port. */
  at: string;
  protocol: 'tcp' | 'udp';
  port: number;
  /** Empty: all. */
  addresses: string[];
  stage: 'rtc' | 'turn' | 'listen';
  /** Before what Go says of a failure. */
  prefix: string;
  /** As Go names it: `tcp4` where it listens on IPv4 alone. */
  network: string;
}

/** In the order in which the server opens them. */
export function listenersOf(facts: Facts): Listener[] {
  const listeners: Listener[] = [];
  const add = (
    at: string,
    protocol: 'tcp' | 'udp',
    port: number,
    stage: Listener['stage'],
    addresses: string[] = [],
    prefix = '',
  ) => {
    const network = stage === 'turn' && !facts.since('1.10.1') ? `${protocol}4` : protocol;
    if (port > 0) listeners.push({ at, protocol, port, addresses, stage, prefix, network });
  };
  if (iceRange(facts) === undefined && !facts.flag('rtc.force_tcp')) {
    add('rtc.udp_port', 'udp', udpPort(facts)?.start ?? 0, 'rtc');
  }
  add('rtc.tcp_port', 'tcp', facts.number('rtc.tcp_port', 7881), 'rtc');
  if (facts.flag('turn.enabled')) {
    const addresses = facts.list('turn.bind_addresses');
    const own = addresses.includes('0.0.0.0') ? [] : addresses;
    add(
      'turn.tls_port',
      'tcp',
      facts.number('turn.tls_port'),
      'turn',
      own,
      'could not listen on TURN TCP port: ',
    );
    add(
      'turn.udp_port',
      'udp',
      facts.number('turn.udp_port'),
      'turn',
      own,
      'could not listen on TURN UDP port: ',
    );
  }
  const addresses = facts
    .list('bind_addresses')
    .filter((address) => address !== '0.0.0.0' && address !== '::');
  add('port', 'tcp', facts.number('port', 7880), 'listen', addresses);
  const metrics = facts.number('prometheus_port') > 0 ? 'prometheus_port' : 'prometheus.port';
  add(metrics, 'tcp', facts.number(metrics), 'listen', addresses);
  add('debug_handler.port', 'tcp', facts.number('debug_handler.port'), 'listen', addresses);
  return listeners;
}
