import { docs, type Rule } from '../rule.ts';
import { hostPort, listenersOf } from './listeners.ts';

export const portsInvalid: Rule = {
  id: 'ports/invalid',
  title: 'Every port is one',
  severity: 'error',
  why: 'ports end at 65535; the server says "invalid port" and ends',
  fix: 'choose a port from 1 to 65535',
  docs: docs.ports,
  *run(facts) {
    const told = new Set<string>();
    for (const listener of listenersOf(facts)) {
      const { at, network, port, stage, order, prefix } = listener;
      if (port <= 0xffff || told.has(at)) continue;
      told.add(at);
      const prints =
        stage === 'rtc'
          ? `listen ${network} ${hostPort(listener)}: bind: invalid argument`
          : `${prefix}listen ${network}: address ${port}: invalid port`;
      yield { at, message: `${at} is ${port}, and ports end at 65535`, stops: { stage, order, prints } };
    }
  },
};
