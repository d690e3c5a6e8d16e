import { iceRange } from '../rtc/media-ports.ts';
import { docs, type Problem, type Rule } from '../rule.ts';
import { type Listener, listenersOf } from './listeners.ts';

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
