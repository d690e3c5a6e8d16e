import { addressKind } from '../../../core/ip.ts';
import { docs, type Rule } from '../rule.ts';

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
