import { relay } from '../../check.ts';

export const sfuOverloaded = relay(
  {
    id: 'sfu/overloaded',
    title: 'LiveKit keeps up with its own statistics',
    area: 'network',
    severity: 'warning',
    why: 'LiveKit answers 406 on / when its statistics are more than 4 s old: the host has no time left for it.',
    fix: 'look at the CPU of the host, or at who suspended the process',
  },
  'sfu',
);
