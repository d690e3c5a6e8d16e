import { docs, type Rule } from '../rule.ts';
import { listenersOf } from './listeners.ts';

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
