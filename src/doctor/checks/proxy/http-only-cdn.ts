import { addressKind } from '../../../core/ip.ts';
import { defineCheck, type Observation } from '../../check.ts';
import { cdnOf } from '../../facts/cdn-ranges.ts';

export const proxyHttpOnlyCdn = defineCheck({
  id: 'proxy/http-only-cdn',
  title: 'Media does not go by way of an HTTP proxy',
  area: 'media',
  severity: 'error',
  why: 'A content delivery network passes HTTP and WebSockets on: joining works through it, and neither media nor TURN gets through.',
  fix: "give media and TURN names and addresses of LiveKit's own host: a DNS record without the network's proxy, and rtc.node_ip",
  needs: ['livekit', 'publicHost'],
  run({ livekit: { document }, publicHost }): Observation[] {
    const nodeIp = document.string('rtc', 'node_ip');
    const ofNode = nodeIp === undefined ? undefined : cdnOf(nodeIp);
    if (ofNode) {
      return [
        {
          message: `rtc.node_ip ${nodeIp} is ${ofNode}'s, which takes no media`,
          ...document.place('rtc', 'node_ip'),
        },
      ];
    }
    const behind = publicHost.publicAddresses
      .map((address) => ({ address, cdn: cdnOf(address) }))
      .find(({ cdn }) => cdn);
    if (behind === undefined) return [];
    const seen = `${publicHost.name} leads to ${behind.cdn} (${behind.address})`;
    if (document.string('turn', 'domain') === publicHost.name && document.boolean('turn', 'enabled')) {
      return [
        {
          message: `${seen}, and turn.domain is that name: TURN does not get through`,
          ...document.place('turn', 'domain'),
        },
      ];
    }
    const direct =
      document.boolean('rtc', 'use_external_ip') ||
      (nodeIp !== undefined && addressKind(nodeIp) === 'public');
    if (direct) return [];
    return [
      {
        severity: 'warning',
        message: `${seen}, and nothing says at which public address media reaches LiveKit`,
        hint: "set rtc.node_ip (livekit.nodeIP) to the public address of LiveKit's host, or rtc.use_external_ip: true",
        ...document.place('rtc'),
      },
    ];
  },
});
