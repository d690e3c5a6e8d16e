import { docs, type Rule } from '../rule.ts';

export const rtcNoTransport: Rule = {
  id: 'rtc/no-transport',
  title: 'Media have a way in',
  severity: 'error',
  why: 'with force_tcp and no tcp_port the server says "TCP is forced but not configured" and ends',
  fix: 'set rtc.tcp_port: 7881, or remove force_tcp',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('rtc.force_tcp')) return;
    if (facts.number('rtc.tcp_port', 7881) === 0) {
      yield {
        at: 'rtc.force_tcp',
        message: 'rtc.force_tcp is on, and rtc.tcp_port is 0',
        stops: { stage: 'rtc', prints: 'TCP is forced but not configured' },
      };
    } else {
      yield {
        at: 'rtc.force_tcp',
        severity: 'warning',
        message: 'rtc.force_tcp is for tests: all media go over TCP',
      };
    }
  },
};
