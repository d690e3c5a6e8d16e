import { iceRange, udpPort } from '../rtc/media-ports.ts';
import { docs, type Problem, type Rule } from '../rule.ts';
import { collide, hostPort, type Listener, listenersOf } from './listeners.ts';

export const portsCollision: Rule = {
  id: 'ports/collision',
  title: 'No two listeners want the same port',
  severity: 'error',
  why: 'the second gets "address already in use" from the first, and the server ends',
  fix: 'give one of them another port',
  docs: docs.ports,
  *run(facts) {
    const listeners = listenersOf(facts);
    const told = new Set<string>();
    for (const [index, later] of listeners.entries()) {
      const first = listeners.slice(0, index).find((earlier) => collide(earlier, later));
      if (first === undefined) continue;
      const problem = first.at === later.at ? sameKey(first, later) : twoKeys(first, later);
      // A list of addresses makes as many listeners of one port.
      if (!told.has(problem.message)) yield problem;
      told.add(problem.message);
    }
    const range = iceRange(facts) ?? udpPort(facts);
    const turn = listeners.find(({ at }) => at === 'turn.udp_port');
    if (range && turn && turn.port >= range.start && turn.port <= range.end) {
      const message = `turn.udp_port ${turn.port} lies in the range of media ports, ${range.start} to ${range.end}`;
      yield { at: turn.at, severity: 'warning', message };
    }
  },
};

function twoKeys(first: Listener, later: Listener): Problem {
  const message = `${later.at} and ${first.at} are both ${later.port}`;
  return { at: later.at, message, stops: stopOf(later) };
}

/** Two entries of a list of addresses. */
function sameKey(first: Listener, later: Listener): Problem {
  const list = later.addressAt?.replace(/\.\d+$/, '') ?? later.at;
  const name = ({ address }: Listener) => (address === '' ? 'an empty text, for all addresses,' : address);
  const message =
    first.address === later.address
      ? `${list} holds ${name(later)} twice`
      : `${list} holds ${name(later)} beside ${name(first)}, which is the same or has it in it`;
  const hint = 'name each address once, and nothing beside 0.0.0.0 and ::, which stand for all';
  return { at: later.addressAt ?? later.at, message, hint, stops: stopOf(later) };
}

function stopOf(listener: Listener): Problem['stops'] {
  const { stage, order, prefix, network } = listener;
  return {
    stage,
    order,
    prints: `${prefix}listen ${network} ${hostPort(listener)}: bind: address already in use`,
  };
}
