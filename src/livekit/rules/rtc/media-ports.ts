import type { PortRange } from '../../custom-types.ts';
import type { Facts } from '../../facts.ts';

/** The ICE range as the server uses it, its defaults filled in; undefined where udp_port is used instead. */
export function iceRange(facts: Facts): { start: number; end: number } | undefined {
  const start = facts.number('rtc.port_range_start');
  const end = facts.number('rtc.port_range_end');
  if (start === 0 && udpPort(facts) === undefined) {
    return facts.flag('development') ? undefined : { start: 50000, end: 60000 };
  }
  return start !== 0 && end !== 0 ? { start, end } : undefined;
}

/** rtc.udp_port, if it is set. */
export function udpPort(facts: Facts): PortRange | undefined {
  const range = facts.get('rtc.udp_port') as PortRange | undefined;
  return range === undefined || range.start === 0 ? undefined : range;
}
