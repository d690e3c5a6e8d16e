import { defineCheck, type Observation } from '../../check.ts';

export const restartOnFailure = defineCheck({
  id: 'service/restart-on-failure',
  title: 'livekit-server is started again whatever its exit status',
  area: 'start',
  severity: 'warning',
  why: 'livekit-server ends with exit status 0 when it cannot start, so that a policy that waits for a failure leaves it down.',
  fix: 'restart always: Restart=always with RestartSec=5 in the unit, restart: unless-stopped in compose',
  needs: ['launches'],
  run: ({ launches }) =>
    launches
      .filter(
        ({ restart }) =>
          restart !== undefined && /^(no|on-(failure|abnormal|abort|watchdog))(:\d+)?$/.test(restart),
      )
      .map(
        ({ name, restart, restartPlace: place }): Observation => ({
          message:
            restart === 'no'
              ? `${name} never restarts livekit-server`
              : `${name} restarts livekit-server ${restart}, and its failures to start look like success`,
          ...place,
        }),
      ),
});
