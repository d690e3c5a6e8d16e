import { relay } from '../../check.ts';

export const clockSkew = relay(
  {
    id: 'clock/skew',
    title: "This host's clock and LiveKit's agree",
    area: 'network',
    severity: 'error',
    why: 'More than a minute apart, LiveKit refuses tokens as not valid yet or expired.',
    fix: 'synchronise both hosts: timedatectl set-ntp true, and look at timedatectl status',
  },
  'sfu',
);
