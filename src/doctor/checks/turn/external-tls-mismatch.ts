import { defineCheck, type Observation } from '../../check.ts';

export const turnExternalTlsMismatch = defineCheck({
  id: 'turn/external-tls-mismatch',
  title: 'TLS for TURN is ended once',
  area: 'media',
  severity: 'error',
  why: 'Where nobody ends TLS, or two do, TURN over TLS is dead: the last way through a firewall is shut.',
  fix: 'with turn.external_tls: true put a load balancer that ends TLS on 443; without it pass TCP on as it is, and give LiveKit cert_file and key_file',
  needs: ['turn'],
  run: ({ turn: { servers } }) =>
    servers.flatMap(({ url, instead }): Observation[] => {
      if (instead === undefined) return [];
      return [
        instead === 'plain'
          ? {
              message: `${url}: TURN answers there without TLS, which clients insist on`,
              hint: 'turn.external_tls: true is for a load balancer that ends TLS: put one there, or remove it and set turn.cert_file and turn.key_file',
            }
          : {
              message: `${url}: TLS is ended on the way, and TURN behind it wants TLS again`,
              hint: 'set turn.external_tls: true, or have the load balancer pass TCP on as it is',
            },
      ];
    }),
});
