import type { PortUse } from '../../../sfu/ports.ts';
import { defineCheck, type Observation } from '../../check.ts';
import type { ComposeService } from '../../facts/compose.ts';
import { listenersOf } from '../../facts/ports.ts';

export const composePortDiffers = defineCheck({
  id: 'compose/port-differs',
  title: 'Media ports are published as the ports they are',
  area: 'media',
  severity: 'error',
  why: 'LiveKit tells clients the port it listens on inside the container: published under another number, or not at all, media never arrives.',
  fix: "publish each media port under its own number, or change it in LiveKit's file",
  needs: ['compose', 'livekit'],
  run({ compose, livekit: { document } }) {
    // Clients get the signal port from livekit.host, and TURN's TLS port is always told as 443.
    const media = listenersOf(document, false).filter(
      ({ setting }) => setting !== 'port' && setting !== 'turn.tls_port',
    );
    return compose.services
      .filter(({ role, hostNetwork, ports }) => role === 'livekit' && !hostNetwork && ports.length > 0)
      .flatMap((service) =>
        media.flatMap((use): Observation[] => {
          const problem = whyWrong(service, use);
          if (problem === undefined) return [];
          return [{ message: problem, ...compose.document.place('services', service.name, 'ports') }];
        }),
      );
  },
});

function whyWrong(
  { name, ports }: ComposeService,
  { port, protocol, setting: key }: PortUse,
): string | undefined {
  const holder = ports.find(
    (entry) => entry.protocol === protocol && entry.target.from <= port && port <= entry.target.to,
  );
  if (holder === undefined) return `service ${name} does not publish ${port}/${protocol} (${key})`;
  if (holder.published === undefined)
    return `service ${name} publishes ${port}/${protocol} (${key}) under a random port`;
  const outside = holder.published.from + port - holder.target.from;
  return outside === port
    ? undefined
    : `service ${name} publishes ${port}/${protocol} (${key}) as ${outside}, and clients are told ${port}`;
}
