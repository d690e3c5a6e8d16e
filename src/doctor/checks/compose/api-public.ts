import { defineCheck } from '../../check.ts';

export const composeApiPublic = defineCheck({
  id: 'compose/api-public',
  title: "LiveKit's own port is not open to the world without TLS",
  area: 'start',
  severity: 'info',
  why: 'It speaks plain HTTP: tokens travel in the clear, and browsers refuse it from an https page.',
  fix: 'publish it on loopback only (127.0.0.1:7880:7880) and let a proxy end TLS in front of it',
  needs: ['compose', 'livekit'],
  run: ({ compose, livekit: { document } }) => {
    const port = document.number('port') ?? 7880;
    return compose.services
      .filter(({ role }) => role === 'livekit')
      .flatMap(({ name, ports }) =>
        ports
          .filter(
            ({ target, protocol, hostAddress }) =>
              protocol === 'tcp' && target.from <= port && port <= target.to && !isLoopback(hostAddress),
          )
          .map(({ index }) => ({
            message: `service ${name} publishes ${port}/tcp, signal and API without TLS, on every address of the host`,
            ...compose.document.place('services', name, 'ports', index),
          })),
      );
  },
});

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address.startsWith('127.') || address === '[::1]');
}
