import { formatDuration } from '../../../core/duration.ts';
import { defineCheck, type Observation } from '../../check.ts';

const day = 86_400_000;
/** Under it, whatever renews certificates should have done so already. */
const soon = 21 * day;

export const tlsExpiring = defineCheck({
  id: 'tls/expiring',
  title: "The server's certificate is good for weeks",
  area: 'configuration',
  severity: 'error',
  why: 'Once it has expired browsers refuse the page, the WebSocket and TURN over TLS alike.',
  fix: 'renew it, and restart what serves it: LiveKit reads its certificate once, at start',
  needs: ['certificate'],
  run({ certificate: { certFile, problem, certificate, now } }): Observation[] {
    if (problem !== undefined)
      return [{ message: problem, hint: 'set server.certFile and server.keyFile to files in PEM' }];
    if (certificate === undefined) return [];
    const left = certificate.validTo.getTime() - now.getTime();
    if (left >= soon) return [];
    const date = certificate.validTo.toISOString().slice(0, 10);
    if (left <= 0) return [{ message: `${certFile} expired on ${date}` }];
    return [{ severity: 'warning', message: `${certFile} expires in ${formatDuration(left)}, on ${date}` }];
  },
});
