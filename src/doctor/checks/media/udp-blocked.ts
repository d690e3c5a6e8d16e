import { relay } from '../../check.ts';

export const mediaUdpBlocked = relay(
  {
    id: 'media/udp-blocked',
    title: 'Media gets through to those who joined',
    area: 'media',
    severity: 'error',
    why: 'Participants see each other in the list and get neither audio nor video: UDP is blocked, or they are told a wrong address.',
    fix: 'open the UDP ports of media (50000-60000, or rtc.udp_port) and 7881/tcp; set rtc.node_ip to the address that clients reach',
  },
  'log',
);
