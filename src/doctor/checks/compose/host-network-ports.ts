import { defineCheck } from '../../check.ts';

export const composeHostNetworkPorts = defineCheck({
  id: 'compose/host-network-ports',
  title: 'No ports are published on the host network',
  area: 'start',
  severity: 'warning',
  why: 'With network_mode: host, ports: does nothing (older compose refuses it): what looks like a remapped port is not one.',
  fix: 'remove ports: from the service; livekit-server listens on the ports of its own configuration',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services
      .filter(({ hostNetwork, ports }) => hostNetwork && ports.length > 0)
      .map(({ name }) => ({
        message: `service ${name} has network_mode: host, and its ports: are ignored`,
        ...compose.document.place('services', name, 'ports'),
      })),
});
