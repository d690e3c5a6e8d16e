/** The rules on the embedded TURN server that go by the configuration alone. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { addressKind } from '../../core/ip.ts';
import type { Facts } from '../facts.ts';
import { hasNodeIp } from './node-ip-overridden.ts';
import { docs, type Rule } from './rule.ts';

/** Does TURN take TLS connections? */
export const turnTls = (facts: Facts): boolean =>
  facts.flag('turn.enabled') && facts.number('turn.tls_port') > 0;

export const turnNoPort: Rule = {
  id: 'turn/no-port',
  title: 'TURN has a port',
  severity: 'error',
  why: 'with turn.enabled and neither port the server says "invalid TURN ports" and ends',
  fix: 'set turn.udp_port: 3478, and turn.tls_port: 5349 with a domain and a certificate',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('turn.enabled')) return;
    if (facts.number('turn.tls_port') > 0 || facts.number('turn.udp_port') > 0) return;
    yield {
      at: 'turn.enabled',
      message: 'TURN is enabled and has neither udp_port nor tls_port',
      stops: { stage: 'turn', prints: 'invalid TURN ports' },
    };
  },
};

export const turnDomainRequired: Rule = {
  id: 'turn/domain-required',
  title: 'TURN over TLS has a domain',
  severity: 'error',
  why: 'with turn.tls_port and no turn.domain every release says "TURN domain required" and ends',
  fix: 'set turn.domain with cert_file and key_file, or remove turn.tls_port and keep TURN over UDP',
  docs: docs.ports,
  *run(facts) {
    if (!turnTls(facts) || facts.string('turn.domain') !== '') return;
    yield {
      at: 'turn.tls_port',
      onKey: true,
      message: 'turn.tls_port is set and turn.domain is not',
      stops: { stage: 'turn', prints: 'TURN domain required' },
    };
  },
};

/** What the server takes for a domain; that an IPv4 address passes is its oversight. */
const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i;

export const turnDomainUnusable: Rule = {
  id: 'turn/domain-unusable',
  title: 'turn.domain is a DNS name',
  severity: 'error',
  why: 'the server refuses single labels, ports, schemes, wildcards and IPv6; it takes an IPv4 address, which no browser can verify',
  fix: 'write the bare name that turn.cert_file is for: turn.example.com',
  docs: docs.ports,
  *run(facts) {
    const domain = facts.string('turn.domain');
    if (domain === '' || !facts.flag('turn.enabled')) return;
    if (isIPv4(domain)) {
      const message = `turn.domain is the address ${domain}: the server takes it, browsers don't`;
      yield { at: 'turn.domain', severity: 'warning', message };
    } else if (!domainPattern.test(domain)) {
      const message = `turn.domain is ${domain}, which is no DNS name of two labels or more`;
      if (turnTls(facts)) {
        yield { at: 'turn.domain', message, stops: { stage: 'turn', prints: 'TURN domain is not correct' } };
      } else {
        yield {
          at: 'turn.domain',
          severity: 'warning',
          message: `${message}; without turn.tls_port it is not used`,
        };
      }
    }
  },
};

export const turnNodeIpFamily: Rule = {
  id: 'turn/node-ip-family',
  title: 'TURN has a node address of each family that it listens on',
  severity: 'error',
  why: 'since 1.10.1 TURN relays from an address of the family of each turn.bind_addresses entry, 0.0.0.0 when there is none',
  fix: 'give rtc.node_ip an address of that family, or list only addresses of the other',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('turn.enabled')) return;
    const nodeIp = facts.get('rtc.node_ip');
    // Before 1.10.0 node_ip is not looked at until TURN is to relay from it.
    if (
      typeof nodeIp === 'string' &&
      nodeIp !== '' &&
      isIP(nodeIp) === 0 &&
      !facts.flag('rtc.use_external_ip')
    ) {
      const prints = 'turn: RelayAddress must be valid IP to use RelayAddressGeneratorStatic';
      yield {
        at: 'rtc.node_ip',
        message: `TURN can't relay from ${nodeIp}, which is no address`,
        stops: { stage: 'turn', prints },
      };
    }
    if (!facts.since('1.10.1')) return;
    const known = hasNodeIp(nodeIp) && !facts.flag('rtc.use_external_ip');
    const { v4 = '', v6 = '' } = (known ? nodeIp : {}) as { v4?: string; v6?: string };
    const addresses =
      facts.get('turn.bind_addresses') === undefined ? ['0.0.0.0'] : facts.list('turn.bind_addresses');
    for (const [index, address] of addresses.entries()) {
      const family = isIPv4(address) ? 'IPv4' : 'IPv6';
      if (known ? (family === 'IPv4' ? v4 : v6) !== '' : isIPv4(address) || isIPv6(address)) continue;
      yield {
        at: facts.has('turn.bind_addresses') ? `turn.bind_addresses.${index}` : 'turn.enabled',
        message: known
          ? `TURN listens on ${address}, and rtc.node_ip has no ${family} address`
          : `turn.bind_addresses holds ${address}, which is no address`,
        stops: { stage: 'turn', prints: 'no matching node IP for relay' },
      };
    }
    if (addresses.length === 0) {
      const message = 'turn.bind_addresses is empty, so that TURN listens nowhere';
      yield {
        at: 'turn.bind_addresses',
        message,
        stops: {
          stage: 'turn',
          prints: 'turn: PacketConnConfigs and ConnConfigs are empty, unable to proceed',
        },
      };
    }
  },
};

export const turnRelayRange: Rule = {
  id: 'turn/relay-range',
  title: 'The relay range goes upwards',
  severity: 'error',
  why: 'the server starts with a range that ends before it begins, and can relay for nobody',
  fix: 'set turn.relay_range_start below turn.relay_range_end (by default 30000 and 40000), both or neither',
  docs: docs.ports,
  *run(facts) {
    const start = facts.number('turn.relay_range_start');
    const end = facts.number('turn.relay_range_end');
    if (!facts.flag('turn.enabled') || (start === 0 && end === 0)) return;
    if (start === 0 || end === 0) {
      const at = start === 0 ? 'turn.relay_range_end' : 'turn.relay_range_start';
      yield {
        at,
        severity: 'warning',
        message: 'only one end of the relay range is set: 30000 to 40000 is used',
      };
    } else if (end < start) {
      yield { at: 'turn.relay_range_end', message: `the relay range goes from ${start} down to ${end}` };
    }
  },
};

export const turnPort443: Rule = {
  id: 'turn/port-443',
  title: 'Port 443 leads to TURN over TLS',
  severity: 'warning',
  why: 'clients are told turns:DOMAIN:443 whatever turn.tls_port is; on another port nobody connects unless something hands 443 on',
  fix: 'set turn.tls_port: 443 where this host has it free, or route TLS for turn.domain on 443 to the port (embedded bedrud serve does)',
  docs: docs.ports,
  *run(facts) {
    const port = facts.number('turn.tls_port');
    if (!turnTls(facts) || port === 443) return;
    yield { at: 'turn.tls_port', message: `TURN takes TLS on ${port}, and clients will try 443` };
  },
};

export const turnPrivatePeers: Rule = {
  id: 'turn/private-peers',
  title: 'TURN may relay to the server’s own address',
  severity: 'warning',
  why: 'since 1.12.0 TURN refuses to relay to private, loopback and link-local addresses, and with such a node_ip that is every relayed client',
  fix: 'list it: turn.allow_restricted_peer_cidrs: [NODE_IP/32]',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('turn.enabled') || !facts.since('1.12.0') || facts.flag('rtc.use_external_ip')) return;
    const { v4 = '' } = (facts.get('rtc.node_ip') ?? {}) as { v4?: string };
    const kind = addressKind(v4);
    if (kind === undefined || kind === 'public') return;
    if (facts.list('turn.allow_restricted_peer_cidrs').length > 0) return;
    yield {
      at: 'rtc.node_ip',
      message: `node_ip ${v4} is ${kind}, and TURN in ${facts.version} relays to no such address`,
      hint: `write allow_restricted_peer_cidrs: [${v4}/32] under turn:`,
    };
  },
};

export const turnCidr: Rule = {
  id: 'turn/cidr-invalid',
  title: 'Peer lists of TURN hold networks',
  severity: 'warning',
  why: 'an entry that is no network in CIDR notation is passed over in silence: what it was to allow stays refused, what it was to deny stays open',
  fix: 'write ADDRESS/PREFIX, such as 10.0.0.0/8',
  docs: docs.ports,
  *run(facts) {
    for (const key of ['turn.allow_restricted_peer_cidrs', 'turn.deny_peer_cidrs']) {
      for (const [index, cidr] of facts.list(key).entries()) {
        if (!isCidr(cidr))
          yield { at: `${key}.${index}`, message: `${key} holds ${cidr}, which is no network` };
      }
    }
  },
};

/** Is `text` what Go's net.ParseCIDR takes? */
export function isCidr(text: string): boolean {
  const [, address = '', prefix = ''] = text.match(/^([^/%]+)\/(\d{1,3})$/) ?? [];
  if (isIPv4(address)) return Number(prefix) <= 32;
  return isIPv6(address) && Number(prefix) <= 128;
}
