import { docs, type Rule } from '../rule.ts';
import { iceRange } from './media-ports.ts';

export const rtcRangeSmall: Rule = {
  id: 'rtc/range-small',
  title: 'There are media ports enough',
  severity: 'warning',
  why: 'every participant takes two ports of the range or more; when none is left, joining fails without a word in the browser',
  fix: 'widen it (50000 to 60000 is the default), or use one port for all with rtc.udp_port',
  docs: docs.ports,
  *run(facts) {
    const { start = 0, end = 0 } = iceRange(facts) ?? {};
    const ports = end - start + 1;
    if (end < start || end === 0 || ports >= 100 || facts.flag('rtc.force_tcp')) return;
    yield { at: 'rtc.port_range_end', message: `the range of media ports holds ${ports}, which is few` };
  },
};
