import { docs, type Rule } from '../rule.ts';
import { pairOf } from './certificate.ts';

export const turnCertName: Rule = {
  id: 'turn/cert-name',
  title: 'TURN’s certificate is for its domain',
  severity: 'warning',
  why: 'the server doesn’t look, and every client refuses the connection',
  fix: 'have a certificate made for turn.domain, or set turn.domain to a name that it is for',
  docs: docs.ports,
  *run(facts) {
    const { certificate } = pairOf(facts) ?? {};
    const domain = facts.string('turn.domain').replace(/\.$/, '');
    if (certificate === undefined || domain === '' || certificate.checkHost(domain) !== undefined) return;
    const names = certificate.subjectAltName ?? certificate.subject;
    yield {
      at: 'turn.domain',
      message: `turn.cert_file is not for ${domain} but for ${names.replaceAll('\n', ', ')}`,
    };
  },
};
