import { defineCheck } from '../../check.ts';
import { silentStunServers } from '../../facts/turn.ts';

export const nodeIpStunUnreachable = defineCheck({
  id: 'node-ip/stun-unreachable',
  title: 'LiveKit can find its external address',
  area: 'media',
  severity: 'error',
  why: 'livekit-server ends with `could not resolve external IP`: use_external_ip asks a STUN server, and none answers from this host.',
  fix: 'set rtc.node_ip (livekit.nodeIP) to the address clients reach, and rtc.use_external_ip: false',
  needs: ['externalAddress'],
  run: ({ externalAddress }) => (!externalAddress.contained ? silentStunServers(externalAddress) : []),
});
