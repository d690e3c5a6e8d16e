import { defineCheck, type Observation } from '../../check.ts';
import type { ComposeService } from '../../facts/compose.ts';

export const composePortDiffers = defineCheck({
  id: 'compose/port-differs',
  title: 'Media ports are published as the ports they are',
  area: 'media',
  severity: 'error',
  why: 'LiveKit tells clients the port it listens on inside the container: published under another number, or not at all, media never arrives.',
  fix: "publish each media port under its own number, or change it in LiveKit's file",
  needs: ['compose', 'livekit'],
  run({ compose, livekit: { document } }) {
    const ranged = document.has('rtc', 'port_range_start');
    const media: [number | undefined, 'tcp' | 'udp', string][] = [
      [document.number('rtc', 'tcp_port') ?? 7881, 'tcp', 'rtc.tcp_port'],
      [ranged ? undefined : document.number('rtc', 'udp_port'), 'udp', 'rtc.udp_port'],
      [
        document.boolean('turn', 'enabled') ? document.number('turn', 'udp_port') : undefined,
        'udp',
        'turn.udp_port',
      ],
    ];
    return compose.services
      .filter(({ role, hostNetwork, ports }) => role === 'livekit' && !hostNetwork && ports.length > 0)
      .flatMap((service) =>
        media.flatMap(([port, protocol, key]): Observation[] => {
          const problem =
            port === undefined || port <= 0 ? undefined : whyWrong(service, port, protocol, key);
          return problem === undefined
            ? []
            : [{ message: problem, ...compose.document.place('services', service.name, 'ports') }];
        }),
      );
  },
});

function whyWrong(
  { name, ports }: ComposeService,
  port: number,
  protocol: 'tcp' | 'udp',
  key: string,
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
