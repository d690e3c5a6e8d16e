import { defineCheck, type Observation } from '../../check.ts';

export const portsInUse = defineCheck({
  id: 'ports/in-use',
  title: "LiveKit's ports are free, or LiveKit has them",
  area: 'start',
  severity: 'error',
  why: 'livekit-server ends with `address already in use` when another process has one of its ports.',
  fix: 'stop that process, or give one of the two another port',
  needs: ['ports'],
  run: ({ ports }) =>
    ports.flatMap(({ port, protocol, setting, state, owner, livekitRuns }): Observation[] => {
      if (state === 'denied') {
        return [
          {
            message: `port ${port}/${protocol} (${setting}) may not be opened by this user`,
            hint: `set ${setting} to a port from 1024, or grant CAP_NET_BIND_SERVICE`,
            severity: 'warning',
          },
        ];
      }
      const isLiveKits = owner === undefined ? livekitRuns : owner.startsWith('livekit-server');
      if (state === 'free' || isLiveKits) return [];
      const at = `port ${port}/${protocol} (${setting}) is in use by`;
      if (owner === undefined) {
        const hint = 'look as root: it may be LiveKit itself, run by another user';
        return [{ severity: 'warning', message: `${at} a process this user cannot see`, hint }];
      }
      return [{ message: `${at} ${owner}`, hint: `stop it, or set ${setting} to another port` }];
    }),
});
