import { defineCheck } from '../../check.ts';
import { silentStunServers } from '../../facts/turn.ts';

export const nodeIpUnresolved = defineCheck({
  id: 'node-ip/unresolved',
  title: 'A container is told its address',
  area: 'media',
  severity: 'error',
  why: 'The container crash-loops with `could not resolve external IP`: use_external_ip asks a STUN server, and none answers from inside.',
  fix: 'set rtc.node_ip (livekit.nodeIP) to the address clients reach, and rtc.use_external_ip: false',
  needs: ['externalAddress'],
  run: ({ externalAddress }) => (externalAddress.contained ? silentStunServers(externalAddress) : []),
});
