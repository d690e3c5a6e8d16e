import { docs, type Rule } from '../rule.ts';
import { pairOf } from './certificate.ts';

export const turnCertUnusable: Rule = {
  id: 'turn/cert-unusable',
  title: 'TURN’s certificate and key load',
  severity: 'error',
  why: 'with turn.tls_port and no external_tls the server says "TURN tls cert required: …" and ends when one of them can’t be loaded',
  fix: 'set turn.cert_file and turn.key_file to PEM files that the server’s user can read, or external_tls: true where a proxy ends TLS',
  docs: docs.ports,
  *run(facts) {
    const problem = pairOf(facts)?.problem;
    if (problem === undefined) return;
    const at = problem.of === 'key' ? 'turn.key_file' : 'turn.cert_file';
    yield {
      at: facts.has(at) ? at : 'turn.tls_port',
      message: facts.string(at) === '' ? `${at} is not set` : `${at} can't be used: ${problem.prints}`,
      stops: { stage: 'turn', prints: `TURN tls cert required: ${problem.prints}` },
    };
  },
};
