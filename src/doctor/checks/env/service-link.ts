import { defineCheck } from '../../check.ts';

/** What livekit-server reads as options, of the names that Kubernetes makes for a service called livekit. */
const read = ['LIVEKIT_PORT', 'LIVEKIT_CONFIG', 'LIVEKIT_KEYS', 'LIVEKIT_REGION', 'LIVEKIT_BIND'];

export const envServiceLink = defineCheck({
  id: 'env/service-link',
  title: 'No service link stands where livekit-server reads an option',
  area: 'start',
  severity: 'error',
  why: 'Kubernetes sets LIVEKIT_PORT=tcp://… in pods beside a service named livekit; livekit-server reads it as its port and ends.',
  fix: 'set enableServiceLinks: false on the pod, or give the service another name',
  needs: ['environments'],
  run: ({ environments }) =>
    environments.flatMap(({ name, variables, place }) =>
      read
        .filter((variable) => /^(tcp|udp):\/\//.test(variables.get(variable) ?? ''))
        .map((variable) => ({
          message: `${name}: ${variable} is ${variables.get(variable)}, which livekit-server cannot read`,
          ...place(variable),
        })),
    ),
});
