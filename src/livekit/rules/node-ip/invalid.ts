import { isIP } from 'node:net';
import { docs, type Rule } from '../rule.ts';

export const nodeIpInvalid: Rule = {
  id: 'node-ip/invalid',
  title: 'rtc.node_ip is an address',
  severity: 'error',
  why: 'clients are sent this address as it is. Since 1.10.0 the server refuses what is none; before, it started and no media flowed',
  fix: 'write the IPv4 address that clients reach this host by (since 1.10.0 with an IPv6 address behind a comma, if there is one)',
  docs: docs.ports,
  *run(facts) {
    for (const { why, message, node, type } of facts.errors) {
      if (why !== 'value' || type?.name !== 'rtcconfig.NodeIP') continue;
      yield { at: 'rtc.node_ip', node, message: `rtc.node_ip is refused: the server prints "${message}"` };
    }
    const text = facts.string('rtc.node_ip');
    if (text !== '' && (isIP(text) === 0 || text.includes('%'))) {
      yield {
        at: 'rtc.node_ip',
        message: `rtc.node_ip is ${text}, which is no address: ${facts.version} starts with it, and clients can't use it`,
      };
    }
    const isSet = facts.get('rtc.node_ip') !== undefined;
    if (isSet && facts.since('1.10.0') && facts.place('rtc.node_ip')?.node.kind === 'mapping') {
      yield {
        at: 'rtc.node_ip',
        severity: 'warning',
        message: 'rtc.node_ip is a mapping, which the server reads as empty',
        hint: 'write both addresses as one text: node_ip: 203.0.113.7,2001:db8::7',
      };
    }
  },
};
