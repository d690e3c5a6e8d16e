import { docs, type Rule } from '../rule.ts';
import { iceRange, udpPort } from './media-ports.ts';

export const rtcRangeAndMux: Rule = {
  id: 'rtc/range-and-mux',
  title: 'Media use one port or a range, not both',
  severity: 'warning',
  why: 'with both, the range is used; the start line and `livekit-server ports` say udp_port, and a firewall opened for that one lets no media through',
  fix: 'remove rtc.udp_port, or port_range_start and port_range_end',
  docs: docs.ports,
  *run(facts) {
    if (udpPort(facts) === undefined || iceRange(facts) === undefined) return;
    yield { at: 'rtc.udp_port', onKey: true, message: 'rtc.udp_port has no effect beside a port range' };
  },
};
