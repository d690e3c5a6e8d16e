/** The rules on rtc: ports and address filters. */

import type { PortRange } from '../custom-types.ts';
import type { Facts } from '../facts.ts';
import { docs, type Rule } from './rule.ts';
import { isCidr } from './turn.ts';

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

export const rtcIpFilter: Rule = {
  id: 'rtc/ip-filter',
  title: 'rtc.ips holds networks',
  severity: 'error',
  why: 'the server says "invalid CIDR address" and ends when an entry is no network',
  fix: 'write ADDRESS/PREFIX: 192.168.0.0/16, or 192.168.1.5/32 for one address',
  docs: docs.sample,
  *run(facts) {
    for (const key of ['rtc.ips.includes', 'rtc.ips.excludes']) {
      for (const [index, cidr] of facts.list(key).entries()) {
        if (isCidr(cidr)) continue;
        const prints = `invalid CIDR address: ${cidr}`;
        yield {
          at: `${key}.${index}`,
          message: `${key} holds ${cidr || 'an empty text'}, which is no network`,
          stops: { stage: 'rtc', prints },
        };
      }
    }
  },
};
