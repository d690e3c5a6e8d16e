import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { classifyStartFailure } from '../../src/livekit/log-patterns.ts';
import { parseVersion } from '../../src/livekit/versions.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { failing, failsIn, failToStart } from '../helpers/start-failures.ts';

describeWith(['livekit-server'], 'start-up failures of a real livekit-server', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';

  test.concurrent.each(failing.filter((scenario) => failsIn(scenario, version)))(
    '$name is $id',
    async (scenario) => {
      const { output, status } = await failToStart(binary, scenario);
      expect(classifyStartFailure(output)?.id, output).toBe(scenario.id);
      expect(status).toBe(scenario.id === 'sfu/panic' ? 2 : 0);
    },
    40_000,
  );
});
