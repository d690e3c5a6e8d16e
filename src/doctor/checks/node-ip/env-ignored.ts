import { atLeast } from '../../../livekit/versions.ts';
import { defineCheck } from '../../check.ts';

const renamed: Record<string, string> = { LIVEKIT_RTC_NODE_IP: 'NODE_IP', LIVEKIT_RTC_UDP_PORT: 'UDP_PORT' };

export const nodeIpEnvIgnored = defineCheck({
  id: 'node-ip/env-ignored',
  title: 'Variables that set the address and port for media are read',
  area: 'start',
  severity: 'warning',
  why: 'livekit-server read LIVEKIT_RTC_NODE_IP up to 1.9.12 and ignores it in silence from 1.10 on: media then goes to another address.',
  fix: 'use NODE_IP and UDP_PORT, or rtc.node_ip and rtc.udp_port in the file',
  needs: ['environments', 'version'],
  run: ({ environments, version }) =>
    environments.flatMap(({ name, variables, place }) =>
      Object.entries(renamed)
        .filter(([variable]) => variables.has(variable) && atLeast(version.version, '1.10.0'))
        .map(([variable, now]) => ({
          message: `${name}: ${variable} is set, and livekit-server ${version.version} reads ${now} instead`,
          hint: `rename it to ${now}`,
          ...place(variable),
        })),
    ),
});
