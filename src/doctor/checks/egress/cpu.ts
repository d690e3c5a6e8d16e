import { defineCheck } from '../../check.ts';

/** What egress reserves for one recording of a room (cpu_cost.room_composite_cpu_cost), in cores. */
const wanted = 4;

export const egressCpu = defineCheck({
  id: 'egress/cpu',
  title: 'The recorder has cores enough',
  area: 'recording',
  severity: 'warning',
  why: 'Egress takes a recording only when four cores are free: with fewer each is refused with `no response from servers`.',
  fix: 'give egress a host, or a limit, of four cores and more; cpu_cost in its file lowers what it asks for, at the price of frames',
  needs: ['compose'],
  run: ({ compose: { document, services } }) =>
    services
      .filter(({ role }) => role === 'egress')
      .flatMap(({ name }) =>
        [
          ['services', name, 'cpus'],
          ['services', name, 'deploy', 'resources', 'limits', 'cpus'],
        ].map((path) => ({ name, path, cores: Number(document.string(...path) ?? wanted) })),
      )
      .filter(({ cores }) => cores < wanted)
      .map(({ name, path, cores }) => ({
        message: `${name} is limited to ${cores} cores, and recording a room takes ${wanted}`,
        ...document.place(...path),
      })),
});
