import { basename } from 'node:path';
import { defineCheck, type Observation } from '../../check.ts';
import type { ComposeService } from '../../facts/compose.ts';

export const envLivekitConfigUnread = defineCheck({
  id: 'env/livekit-config-unread',
  title: 'LIVEKIT_CONFIG reaches a program that reads it',
  area: 'start',
  severity: 'error',
  why: 'Where LIVEKIT_CONFIG is not read, livekit-server starts without keys and ends, or runs with its defaults.',
  fix: 'mount the configuration as a file and pass --config /etc/livekit.yaml; LIVEKIT_CONFIG needs livekit-server itself as entrypoint, release 1.5 or later',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services
      .filter(({ role, environment }) => role === 'livekit' && environment.has('LIVEKIT_CONFIG'))
      .flatMap((service): Observation[] => {
        const problem = whyUnread(service);
        if (problem === undefined) return [];
        return [{ message: `service ${service.name}: ${problem}`, ...service.placeOf('LIVEKIT_CONFIG') }];
      }),
});

function whyUnread({ environment, entrypoint, version }: ComposeService): string | undefined {
  if (environment.get('LIVEKIT_CONFIG')?.trim() === '') return 'LIVEKIT_CONFIG is empty';
  const program = entrypoint?.[0];
  if (program !== undefined && basename(program) !== 'livekit-server' && !isShell(program)) {
    return `LIVEKIT_CONFIG is set, and the entrypoint is ${program}, which may not hand it on to livekit-server`;
  }
  // Measured: 1.5.3 reads it. The integration guide says since 1.7.
  const [major = 0, minor = 0] = version?.split('.').map(Number) ?? [];
  if (version !== undefined && major < 2 && minor < 5)
    return `LIVEKIT_CONFIG is set, and ${version} is too old to be known to read it`;
  return undefined;
}

function isShell(program: string): boolean {
  return ['sh', 'bash', 'ash', 'env'].includes(basename(program));
}
