/** The rules on listening: ports that can't be, and ports that two of the server's own listeners want. */
import { isIP } from 'node:net';
import type { Facts } from '../facts.ts';
import { iceRange, udpPort } from './rtc.ts';
import { docs, type Problem, type Rule } from './rule.ts';

interface Listener {
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
function listenersOf(facts: Facts): Listener[] {
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

export const portsInvalid: Rule = {
  id: 'ports/invalid',
  title: 'Every port is one',
  severity: 'error',
  why: 'ports end at 65535; the server says "invalid port" and ends',
  fix: 'choose a port from 1 to 65535',
  docs: docs.ports,
  *run(facts) {
    for (const { at, network, port, stage, prefix } of listenersOf(facts)) {
      if (port <= 0xffff) continue;
      const prints =
        stage === 'rtc'
          ? `listen ${network} :${port}: bind: invalid argument`
          : `${prefix}listen ${network}: address ${port}: invalid port`;
      yield { at, message: `${at} is ${port}, and ports end at 65535`, stops: { stage, prints } };
    }
  },
};

export const portsCollision: Rule = {
  id: 'ports/collision',
  title: 'No two listeners want the same port',
  severity: 'error',
  why: 'the second gets "address already in use" from the first, and the server ends',
  fix: 'give one of them another port',
  docs: docs.ports,
  *run(facts) {
    const listeners = listenersOf(facts);
    for (const [index, later] of listeners.entries()) {
      const first = listeners.slice(0, index).find((earlier) => collide(earlier, later));
      if (first !== undefined) yield collision(first, later);
    }
    const addresses = facts.list('bind_addresses');
    const port = facts.number('port', 7880);
    for (const [index, address] of addresses.entries()) {
      if (address === '' || port === 0 || addresses.indexOf(address) === index) continue;
      const prints = `listen tcp ${address}:${port}: bind: address already in use`;
      const message = `bind_addresses holds ${address} twice`;
      yield { at: `bind_addresses.${index}`, message, stops: { stage: 'listen', prints } };
    }
    const range = iceRange(facts);
    const turn = listeners.find(({ at }) => at === 'turn.udp_port');
    if (range && turn && turn.port >= range.start && turn.port <= range.end) {
      const message = `turn.udp_port ${turn.port} lies in the range of media ports, ${range.start} to ${range.end}`;
      yield { at: turn.at, severity: 'warning', message };
    }
  },
};

function collide(a: Listener, b: Listener): boolean {
  if (a.protocol !== b.protocol || a.port !== b.port) return false;
  return (
    a.addresses.length === 0 ||
    b.addresses.length === 0 ||
    a.addresses.some((address) => b.addresses.includes(address))
  );
}

function collision(first: Listener, later: Listener): Problem {
  const address = later.addresses[0] ?? (later.stage === 'turn' ? '0.0.0.0' : '');
  const prints = `${later.prefix}listen ${later.network} ${address}:${later.port}: bind: address already in use`;
  return {
    at: later.at,
    message: `${later.at} and ${first.at} are both ${later.port}`,
    stops: { stage: later.stage, prints },
  };
}

export const bindAddress: Rule = {
  id: 'bind/not-an-address',
  title: 'bind_addresses holds addresses',
  severity: 'error',
  why: 'a name is looked up when the server starts; one that doesn’t resolve ends it',
  fix: 'write IP addresses of this host, or remove the key to listen on all',
  docs: docs.sample,
  *run(facts) {
    for (const [index, address] of facts.list('bind_addresses').entries()) {
      if (address === '' || address === 'localhost' || isIP(address) !== 0) continue;
      const at = `bind_addresses.${index}`;
      const message = `bind_addresses holds ${address}, which is no address`;
      // Names with a dot may resolve; whether they do is the network's business.
      if (address.includes('.')) yield { at, severity: 'warning', message };
      else
        yield {
          at,
          message,
          stops: { stage: 'listen', prints: `listen tcp: lookup ${address}: no such host` },
        };
    }
  },
};
