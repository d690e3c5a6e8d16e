import { addressKind } from '../../../core/ip.ts';
import { defineCheck } from '../../check.ts';

export const nodeIpPrivateBehindNat = defineCheck({
  id: 'node-ip/private-behind-nat',
  title: 'Clients are told an address they can reach',
  area: 'media',
  severity: 'warning',
  why: 'LiveKit tells clients rtc.node_ip: with a private one behind a public name, media goes through TURN without need, or nowhere.',
  fix: 'set rtc.node_ip (livekit.nodeIP) to the public address, or rtc.use_external_ip: true where STUN gets out',
  needs: ['livekit', 'publicHost'],
  run({ livekit: { document }, publicHost: { name, publicAddresses } }) {
    const nodeIp = document.string('rtc', 'node_ip');
    if (nodeIp === undefined || addressKind(nodeIp) === 'public' || publicAddresses.length === 0) return [];
    return [
      {
        message: `clients connect to ${name} (${publicAddresses.join(', ')}) and are told to send media to ${nodeIp}`,
        ...document.place('rtc', 'node_ip'),
      },
    ];
  },
});
