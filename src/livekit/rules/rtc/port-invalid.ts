import { docs, type Rule } from '../rule.ts';
import { iceRange } from './media-ports.ts';

export const rtcPortInvalid: Rule = {
  id: 'rtc/port-invalid',
  title: 'The range of media ports goes upwards',
  severity: 'error',
  why: 'the server says "invalid port" and ends when the range ends before it begins',
  fix: 'set rtc.port_range_start below rtc.port_range_end, both under 65536',
  docs: docs.ports,
  *run(facts) {
    const range = iceRange(facts);
    if (range === undefined || facts.flag('rtc.force_tcp')) return;
    const { start, end } = range;
    // The server cuts both to 16 bits before it compares them.
    if ((end & 0xffff) < (start & 0xffff)) {
      yield {
        at: 'rtc.port_range_end',
        message: `the range of media ports goes from ${start} down to ${end}`,
        stops: { stage: 'rtc', prints: 'invalid port' },
      };
    } else if (end > 0xffff || start > 0xffff) {
      const message = `the range of media ports, ${start} to ${end}, goes beyond 65535`;
      yield { at: 'rtc.port_range_end', severity: 'warning', message };
    }
  },
};
