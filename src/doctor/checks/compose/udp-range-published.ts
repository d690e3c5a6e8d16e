import { defineCheck } from '../../check.ts';

/** From here on the start of the container takes seconds, and memory for a proxy process a port. */
const many = 100;

export const composeUdpRangePublished = defineCheck({
  id: 'compose/udp-range-published',
  title: 'The range of media ports is not published port by port',
  area: 'start',
  severity: 'warning',
  why: 'Docker makes a firewall rule and a proxy for each published port: thousands of them take minutes to start and gigabytes of memory.',
  fix: 'use network_mode: host for livekit-server, or one port for all media (rtc.udp_port: 7882) and publish that',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services.flatMap(({ name, ports, hostNetwork }) =>
      ports
        .filter(
          ({ target, protocol }) => !hostNetwork && protocol === 'udp' && target.to - target.from + 1 >= many,
        )
        .map(({ target, index }) => ({
          message: `service ${name} publishes ${target.to - target.from + 1} UDP ports one by one (${target.from}-${target.to})`,
          ...compose.document.place('services', name, 'ports', index),
        })),
    ),
});
