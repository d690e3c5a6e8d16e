import { addressKind } from '../../../core/ip.ts';
import { defineCheck, type Observation } from '../../check.ts';
import type { Media } from '../../facts/media.ts';

export const mediaUdpBlocked = defineCheck({
  id: 'media/udp-blocked',
  title: 'Media gets through to those who joined',
  area: 'media',
  severity: 'error',
  why: 'Participants see each other in the list and get neither audio nor video: UDP is blocked, or they are told a wrong address.',
  fix: 'open the UDP ports of media (50000-60000, or rtc.udp_port) and 7881/tcp; set rtc.node_ip to the address that clients reach',
  needs: ['media', 'host'],
  run({ media: { calls, told }, host }): Observation[] {
    const { any, udp, tcp } = calls;
    if (udp.ok && tcp.ok) return [];
    const elsewhere = wrongAddress(told, host.addresses);
    if (!udp.ok) {
      const how = tcp.ok
        ? 'over TCP it does'
        : any.ok
          ? 'only a relay gets it through'
          : 'nor does it over TCP';
      return [
        {
          message: `no media over UDP from here to ${addressesOf(told, 'udp')} (${udp.problem}); ${how}`,
          ...(elsewhere ? { hint: elsewhere } : {}),
        },
      ];
    }
    return [
      {
        // Without a candidate over TCP there is none to be blocked: it was left out on purpose, for TURN usually.
        severity: told.some(({ protocol }) => protocol === 'tcp') ? 'warning' : 'info',
        message: `media over UDP gets through from here, and over TCP to ${addressesOf(told, 'tcp')} it does not: who cannot use UDP has no other way`,
        hint: 'open rtc.tcp_port (7881/tcp)',
      },
    ];
  },
});

/** What to do when every address that clients are told is one that only LiveKit's own network has. */
function wrongAddress(told: Media['told'], ours: readonly string[]): string | undefined {
  const addresses = [...new Set(told.map(({ address }) => address))];
  const inside = addresses.filter((address) => addressKind(address) !== 'public' && !ours.includes(address));
  if (addresses.length === 0 || inside.length < addresses.length) return undefined;
  return `clients are told ${inside.join(', ')}, which they reach from LiveKit's own network only: set rtc.node_ip (livekit.nodeIP) to the address that clients reach, and open its UDP ports`;
}

function addressesOf(told: Media['told'], wanted: 'udp' | 'tcp'): string {
  const some = told
    .filter(({ protocol }) => protocol === wanted)
    .map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  if (some.length === 0) return 'any address, as LiveKit tells of none';
  const more = some.length > 3 ? ' and others' : '';
  return `${some.slice(0, 3).join(', ')}${more}`;
}
