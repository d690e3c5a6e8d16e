import { docs, type Rule } from '../rule.ts';
import { hasNodeIp } from './has-node-ip.ts';

export const nodeIpOverridden: Rule = {
  id: 'node-ip/overridden',
  title: 'node_ip and use_external_ip don’t contradict each other',
  severity: 'warning',
  why: 'with use_external_ip: true the server asks a STUN server for its address and forgets node_ip; without STUN it doesn’t start',
  fix: 'keep node_ip and write use_external_ip: false, or remove node_ip',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('rtc.use_external_ip') || !hasNodeIp(facts.get('rtc.node_ip'))) return;
    yield {
      at: 'rtc.node_ip',
      onKey: true,
      message: 'rtc.node_ip has no effect beside use_external_ip: true',
    };
  },
};
