import { docs, type Rule } from '../rule.ts';
import { hasNodeIp } from './has-node-ip.ts';

export const nodeIpNone: Rule = {
  id: 'node-ip/none',
  title: 'The server knows the address that clients reach it by',
  severity: 'warning',
  why: 'without node_ip and use_external_ip the first local address is sent to clients, which behind NAT or in a container is one that they can’t reach',
  fix: 'set rtc.node_ip to the public (or LAN) address, or rtc.use_external_ip: true where STUN can be reached',
  docs: docs.ports,
  *run(facts) {
    if (facts.root === undefined || facts.flag('development')) return;
    if (facts.flag('rtc.use_external_ip') || hasNodeIp(facts.get('rtc.node_ip'))) return;
    yield { at: 'rtc', onKey: true, message: 'neither rtc.node_ip nor rtc.use_external_ip is set' };
  },
};
