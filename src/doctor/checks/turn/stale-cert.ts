import { defineCheck, type Observation } from '../../check.ts';

export const turnStaleCert = defineCheck({
  id: 'turn/stale-cert',
  title: 'TURN serves the certificate that is on disk',
  area: 'media',
  severity: 'warning',
  why: 'livekit-server reads its certificate once, at start: after a renewal it goes on serving the old one until that expires.',
  fix: 'restart livekit-server after each renewal (a deploy hook of your ACME client)',
  needs: ['turn', 'certificate'],
  run({ turn, certificate: { certificate, certFile, path } }): Observation[] {
    // With a certificate of its own, or one that a proxy serves, there is nothing to compare.
    if (turn.certFile !== path) return [];
    return turn.servers.flatMap(({ url, answer }): Observation[] => {
      const served = answer.certificate;
      if (served === undefined || certificate === undefined) return [];
      return served.serialNumber === certificate.serialNumber
        ? []
        : [
            {
              message: `${url} serves a certificate (until ${served.validTo.toISOString().slice(0, 10)}) that is not the one in ${certFile}`,
            },
          ];
    });
  },
});
