import { defineCheck } from '../../check.ts';

export const sfuBinaryMissing = defineCheck({
  id: 'sfu/binary-missing',
  title: 'There is a livekit-server to run',
  area: 'start',
  severity: 'error',
  why: 'In embedded mode the server starts livekit-server itself; without it there are no meetings.',
  fix: 'run `bedrud livekit install`, or set livekit.binary to the path of livekit-server',
  needs: ['embedded', 'binary'],
  run({ binary: { found, problem } }) {
    if (problem) return [problem];
    return found ? [] : [{ message: 'livekit-server is neither configured, nor on PATH, nor in the cache' }];
  },
});
