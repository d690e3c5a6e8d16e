import { docs, type Rule } from '../rule.ts';
import { turnTls } from './tls.ts';

export const turnPort443: Rule = {
  id: 'turn/port-443',
  title: 'Port 443 leads to TURN over TLS',
  severity: 'warning',
  why: 'clients are told turns:DOMAIN:443 whatever turn.tls_port is; on another port nobody connects unless something hands 443 on',
  fix: 'set turn.tls_port: 443 where this host has it free, or route TLS for turn.domain on 443 to the port (embedded bedrud serve does)',
  docs: docs.ports,
  *run(facts) {
    const port = facts.number('turn.tls_port');
    if (!turnTls(facts) || port === 443) return;
    yield { at: 'turn.tls_port', message: `TURN takes TLS on ${port}, and clients will try 443` };
  },
};
