import { isIP, isIPv4, isIPv6 } from 'node:net';
import { hasNodeIp } from '../node-ip/has-node-ip.ts';
import { docs, type Rule } from '../rule.ts';

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
