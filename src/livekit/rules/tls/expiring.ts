import { docs, type Rule } from '../rule.ts';
import { pairOf } from '../turn/certificate.ts';

const day = 86_400_000;
const soon = 21 * day;

export const turnCertExpiring: Rule = {
  id: 'tls/expiring',
  title: 'TURN’s certificate is valid for three weeks more',
  severity: 'warning',
  why: 'the server loads an expired certificate, and reads the file once, at start; clients refuse it',
  fix: 'renew it and restart the server',
  docs: docs.ports,
  *run(facts) {
    const { certificate } = pairOf(facts) ?? {};
    if (certificate === undefined) return;
    const left = Date.parse(certificate.validTo) - facts.now.getTime();
    if (left < 0) {
      yield {
        at: 'turn.cert_file',
        severity: 'error',
        message: `turn.cert_file expired on ${certificate.validTo}`,
      };
    } else if (left < soon) {
      yield {
        at: 'turn.cert_file',
        message: `turn.cert_file expires in ${Math.floor(left / day)} days, on ${certificate.validTo}`,
      };
    }
  },
};
