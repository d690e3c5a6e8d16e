import { defineCheck } from '../../check.ts';

/** In hundredths of the packets: from there on people hear it. */
const audible = 5;

export const mediaLoss = defineCheck({
  id: 'media/loss',
  title: 'Few packets get lost on the way',
  area: 'media',
  severity: 'warning',
  why: 'From one in twenty lost packets on voices break up and pictures freeze.',
  fix: 'look for a full line or an overloaded host between here and LiveKit; large net.core.rmem_max keeps the host from dropping',
  needs: ['media'],
  run({ media: { calls } }) {
    if (!calls.any.ok) return [];
    const { packets, lost } = calls.any.audio;
    const percent = Math.round((100 * lost) / (packets + lost));
    return percent < audible
      ? []
      : [
          {
            message: `${percent} % of the packets of a call from here got lost (${lost} of ${packets + lost})`,
          },
        ];
  },
});
