import { defineCheck } from '../../check.ts';

/** What livekit-server asks the kernel for, in bytes. */
const wanted = 5_000_000;

export const hostUdpBuffers = defineCheck({
  id: 'host/udp-buffers',
  title: 'The kernel allows large UDP buffers',
  area: 'media',
  severity: 'info',
  why: 'livekit-server asks for 5 MB to take bursts of video packets; with less, busy servers drop some.',
  fix: 'sysctl -w net.core.rmem_max=5000000, and the same line in /etc/sysctl.d/ to keep it',
  needs: ['host'],
  run: ({ host: { receiveBufferMax: max } }) =>
    max === undefined || max >= wanted ? [] : [{ message: `net.core.rmem_max is ${max} bytes on this host` }],
});
