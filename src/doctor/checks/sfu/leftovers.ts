import { defineCheck } from '../../check.ts';
import { defineMend } from '../../mends/mend.ts';

export const sfuLeftovers = defineCheck({
  id: 'sfu/leftovers',
  title: 'No bedrud that was killed has left files behind',
  area: 'start',
  // The next bedrud serve or livekit run removes them.
  severity: 'info',
  why: "They hold LiveKit's configuration with its keys, and a livekit-server that outlived its bedrud keeps its ports.",
  fix: 'bedrud doctor --fix removes them; so does the next bedrud serve',
  needs: ['leftovers'],
  run: ({ leftovers }) =>
    leftovers.map(({ file, pids }) =>
      pids.length === 0
        ? { message: `${file} is left of a bedrud that was killed` }
        : {
            message: `livekit-server (pid ${pids.join(', ')}) has outlived the bedrud that started it with ${file}`,
            hint: `kill ${pids.join(' ')}; so does the next bedrud serve`,
          },
    ),
  mend: defineMend({
    needs: ['leftovers'],
    edits: ({ leftovers }) =>
      leftovers.filter(({ pids }) => pids.length === 0).map(({ file }) => ({ kind: 'remove', file })),
  }),
});
