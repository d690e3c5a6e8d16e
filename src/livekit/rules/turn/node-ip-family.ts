import { isIP, isIPv4 } from 'node:net';
import { canonical, isLoopback } from '../../addresses.ts';
import type { Facts } from '../../facts.ts';
import { hasNodeIp } from '../node-ip/has-node-ip.ts';
import { docs, type Problem, type Rule } from '../rule.ts';

export const turnNodeIpFamily: Rule = {
  id: 'turn/node-ip-family',
  title: 'TURN has a node address of each family that it listens on',
  severity: 'error',
  why: 'since 1.10.1 TURN relays from an address of the family of each turn.bind_addresses entry, 0.0.0.0 when there is none',
  fix: 'give rtc.node_ip an address of that family, or list only addresses of the other',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('turn.enabled')) return;
    if (facts.since('1.10.1')) yield* unmatched(facts);
    else yield* noAddress(facts);
  },
};

/** Before 1.10.0 node_ip is not looked at until TURN is to relay from it. */
function* noAddress(facts: Facts): Iterable<Problem> {
  const nodeIp = facts.string('rtc.node_ip');
  // Go takes no zone here.
  const isAddress = isIP(nodeIp) !== 0 && !nodeIp.includes('%');
  if (nodeIp === '' || isAddress || facts.flag('rtc.use_external_ip')) return;
  const prints = 'turn: RelayAddress must be valid IP to use RelayAddressGeneratorStatic';
  const message = `TURN can't relay from ${nodeIp}, which is no address`;
  yield { at: 'rtc.node_ip', message, stops: { stage: 'relay', prints } };
}

function* unmatched(facts: Facts): Iterable<Problem> {
  const isSet = facts.get('turn.bind_addresses') !== undefined;
  const addresses = isSet ? facts.list('turn.bind_addresses') : ['0.0.0.0'];
  const families = nodeFamilies(facts);
  for (const [index, address] of addresses.entries()) {
    // What is no address at all counts as IPv6.
    const family = isIP(address) !== 0 && isIPv4(canonical(address)) ? 'IPv4' : 'IPv6';
    if (families.has(family)) continue;
    const whose = hasNodeIp(facts.get('rtc.node_ip')) ? 'rtc.node_ip' : 'the address found on this host';
    yield {
      at: isSet ? `turn.bind_addresses.${index}` : 'turn.enabled',
      message: `TURN listens on ${address}, and ${whose} is none of ${family}`,
      stops: { stage: 'turn', prints: 'no matching node IP for relay' },
    };
  }
  if (addresses.length === 0) {
    const message = 'turn.bind_addresses is empty, so that TURN listens nowhere';
    const prints = 'turn: PacketConnConfigs and ConnConfigs are empty, unable to proceed';
    yield { at: 'turn.bind_addresses', message, stops: { stage: 'relay', prints } };
  }
}

/** The families of the node's address: as written, and as the server finds one, IPv4 before IPv6. */
function nodeFamilies(facts: Facts): Set<'IPv4' | 'IPv6'> {
  const nodeIp = facts.get('rtc.node_ip');
  const { v4 = '', v6 = '' } = (hasNodeIp(nodeIp) ? nodeIp : {}) as { v4?: string; v6?: string };
  const families = new Set<'IPv4' | 'IPv6'>();
  if (v4 !== '') families.add('IPv4');
  if (v6 !== '') families.add('IPv6');
  // STUN servers are asked over IPv4 unless there is none.
  if (families.size > 0 && !facts.flag('rtc.use_external_ip')) return families;
  const usable = facts.addresses()?.filter((address) => !/^(169\.254\.|fe80:)/.test(address));
  const own = usable?.filter((address) => !isLoopback(address)) ?? [];
  const candidates = own.length > 0 ? own : (usable ?? []);
  return families.add(candidates.length > 0 && !candidates.some(isIPv4) ? 'IPv6' : 'IPv4');
}
