import { docs, type Rule } from '../rule.ts';

export const turnNoPort: Rule = {
  id: 'turn/no-port',
  title: 'TURN has a port',
  severity: 'error',
  why: 'with turn.enabled and neither port the server says "invalid TURN ports" and ends',
  fix: 'set turn.udp_port: 3478, and turn.tls_port: 5349 with a domain and a certificate',
  docs: docs.ports,
  *run(facts) {
    if (!facts.flag('turn.enabled')) return;
    if (facts.number('turn.tls_port') > 0 || facts.number('turn.udp_port') > 0) return;
    yield {
      at: 'turn.enabled',
      message: 'TURN is enabled and has neither udp_port nor tls_port',
      stops: { stage: 'turn', prints: 'invalid TURN ports' },
    };
  },
};
