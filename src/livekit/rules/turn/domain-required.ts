import { docs, type Rule } from '../rule.ts';
import { turnTls } from './tls.ts';

export const turnDomainRequired: Rule = {
  id: 'turn/domain-required',
  title: 'TURN over TLS has a domain',
  severity: 'error',
  why: 'with turn.tls_port and no turn.domain every release says "TURN domain required" and ends',
  fix: 'set turn.domain with cert_file and key_file, or remove turn.tls_port and keep TURN over UDP',
  docs: docs.ports,
  *run(facts) {
    if (!turnTls(facts) || facts.string('turn.domain') !== '') return;
    yield {
      at: 'turn.tls_port',
      onKey: true,
      message: 'turn.tls_port is set and turn.domain is not',
      stops: { stage: 'turn', prints: 'TURN domain required' },
    };
  },
};
