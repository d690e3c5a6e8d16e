/** What the facts of a probe mean, and what to do. */
import type { Finding } from '../core/finding.ts';
import type { ProbeError, ProbeFacts } from './probe.ts';

/** LiveKit takes a token up to a minute before it is valid; half of that is worth a word. In milliseconds. */
const skewLimitMs = 30_000;
const expiringMs = 21 * 24 * 3_600_000;

const address = 'livekit.internalHost (LIVEKIT_INTERNAL_HOST, --url)';

/** @param now for the certificate's end */
export function probeFindings(facts: ProbeFacts, skipTLSVerify: boolean, now: Date): Finding[] {
  return [
    ...reachFindings(facts),
    ...tlsFindings(facts, skipTLSVerify, now),
    ...rootFindings(facts),
    ...clockFindings(facts),
    ...validateFindings(facts),
    ...pathFindings(facts),
  ];
}

const error = (id: string, message: string, hint: string): Finding => ({
  id,
  severity: 'error',
  message,
  hint,
});
const warning = (id: string, message: string, hint: string): Finding => ({
  id,
  severity: 'warning',
  message,
  hint,
});

function reachFindings({ host, port, dns, tcp }: ProbeFacts): Finding[] {
  if (dns && 'error' in dns) {
    const hint = `correct the name in ${address}, or the resolver of this host`;
    return [error('sfu/api-unreachable', `${host} does not resolve (${dns.code})`, hint)];
  }
  if (tcp && 'error' in tcp) {
    const refused = tcp.code === 'ECONNREFUSED';
    return [
      error(
        'sfu/api-unreachable',
        `${host}:${port} ${refused ? 'refuses connections' : `cannot be reached: ${tcp.error}`}`,
        refused
          ? `start livekit-server, or correct ${address}`
          : `check the address in ${address}, and that a firewall lets this host through`,
      ),
    ];
  }
  return [];
}

function tlsFindings({ url, host, tls }: ProbeFacts, skipTLSVerify: boolean, now: Date): Finding[] {
  if (tls === undefined) return [];
  if ('error' in tls) {
    if (!/^(ERR_SSL_|EPROTO)/.test(tls.code)) {
      return [
        error(
          'sfu/api-unreachable',
          `${url}: the TLS handshake fails: ${tls.error}`,
          'check the server behind it',
        ),
      ];
    }
    const hint =
      'LiveKit itself speaks no TLS: use http:// and ws://, or name the proxy that ends TLS for it';
    return [error('url/scheme-mismatch', `${url} says TLS, and the server there speaks none`, hint)];
  }
  const ends = Date.parse(tls.validTo);
  const findings: Finding[] = [];
  if (ends < now.getTime() + expiringMs) {
    const expired = ends < now.getTime();
    const message = `the certificate of ${host} ${expired ? 'expired' : 'expires'} on ${tls.validTo.slice(0, 10)}`;
    findings.push((expired && !skipTLSVerify ? error : warning)('tls/expiring', message, 'renew it'));
  }
  if (tls.problem !== undefined) {
    const shown = `the certificate of ${host} (for ${tls.names.join(', ') || tls.subject}, by ${tls.issuer})`;
    findings.push(
      skipTLSVerify
        ? warning(
            'tls/self-signed-sfu',
            `${shown} does not verify (${tls.problem}), and livekit.skipTLSVerify lets it pass`,
            'browsers do not let it pass: give it one that they trust if they connect there',
          )
        : error(
            'tls/self-signed-sfu',
            `${shown} does not verify: ${tls.problem}`,
            'install a certificate that covers the name, point NODE_EXTRA_CA_CERTS at your own authority, or set livekit.skipTLSVerify',
          ),
    );
  }
  return findings;
}

function rootFindings({ url, root }: ProbeFacts): Finding[] {
  if (root === undefined) return [];
  if ('error' in root) return [unanswered(url, root)];
  if (root.status === 200 && root.body === 'OK') return [];
  if (root.status === 406) {
    const message = `${url} answers 406: the node's own statistics are more than 4 s old`;
    return [warning('sfu/overloaded', message, 'the host is overloaded or was suspended; look at its load')];
  }
  if (root.status === 400 && /HTTPS server/i.test(root.body)) {
    return [
      error(
        'url/scheme-mismatch',
        `${url} is asked without TLS, and the server there wants it`,
        'use https:// (wss://)',
      ),
    ];
  }
  // A proxy may serve something else at its root; what counts is whether /rtc gets through.
  return [];
}

function unanswered(url: string, { code, error: reason, hint }: ProbeError): Finding {
  if (code === 'HTTPParserError' || code.startsWith('HPE_')) {
    return error(
      'url/scheme-mismatch',
      `${url} does not answer in HTTP`,
      'if TLS is expected there, use https:// (wss://)',
    );
  }
  return error('sfu/api-unreachable', reason, hint ?? `check ${address}`);
}

function clockFindings({ host, clockSkewMs }: ProbeFacts): Finding[] {
  if (clockSkewMs === undefined || Math.abs(clockSkewMs) < skewLimitMs) return [];
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  const message = `the clock of ${host} is ${seconds} s ${clockSkewMs > 0 ? 'ahead of' : 'behind'} this host's`;
  const hint = 'synchronise both with NTP: from 60 s on, tokens are refused';
  return [(Math.abs(clockSkewMs) >= 2 * skewLimitMs ? error : warning)('clock/skew', message, hint)];
}

function validateFindings({ url, validate, clockSkewMs }: ProbeFacts): Finding[] {
  if (validate === undefined) return [];
  if ('error' in validate) return [unanswered(url, validate)];
  switch (validate.outcome) {
    case 'ok':
      return [];
    case 'wrong-key':
      return [
        error(
          'token/wrong-key',
          `the server's keys do not have ours: ${validate.body}`,
          'set livekit.apiKey (LIVEKIT_API_KEY) to one of its keys, or add it to keys: there and restart it',
        ),
      ];
    case 'wrong-secret':
      return [
        error(
          'token/wrong-secret',
          'the server has our API key with another secret',
          'set livekit.apiSecret (LIVEKIT_API_SECRET) to the one in its keys:',
        ),
      ];
    case 'not-yet-valid':
    case 'expired': {
      const known = clockSkewMs !== undefined && Math.abs(clockSkewMs) >= 2 * skewLimitMs;
      if (known) return [];
      return [
        error(
          'clock/skew',
          `a fresh token is refused: ${validate.body}`,
          'synchronise the clocks of both hosts with NTP',
        ),
      ];
    }
    case 'denied':
      return [
        error(
          'token/grants',
          'a token that may join is refused: permissions denied',
          'a proxy may strip the query: pass /rtc/validate on with its access_token',
        ),
      ];
    case 'not-livekit':
      return [notLiveKit(`${url}/rtc/validate`, validate)];
  }
}

/** Only when /rtc/validate itself is fine: otherwise these fail for the same reason. */
function pathFindings({ url, validate, validateV1, rooms }: ProbeFacts): Finding[] {
  if (validate === undefined || 'error' in validate || validate.outcome !== 'ok') return [];
  const findings: Finding[] = [];
  const isGoNotFound = validateV1 && 'status' in validateV1 && validateV1.body === '404 page not found';
  if (validateV1 && !('error' in validateV1) && !validateV1.known && !isGoNotFound) {
    findings.push(notLiveKit(`${url}/rtc/v1/validate`, validateV1));
  }
  if (rooms && 'error' in rooms) findings.push(unanswered(url, rooms));
  else if (rooms && rooms.count === undefined)
    findings.push(notLiveKit(`${url}/twirp/livekit.RoomService/ListRooms`, rooms));
  return findings;
}

function notLiveKit(path: string, { status, contentType }: { status: number; contentType: string }): Finding {
  const type = contentType === '' ? '' : ` (${contentType})`;
  return error(
    'proxy/partial-paths',
    `${path} is not answered by LiveKit: status ${status}${type}`,
    'let the proxy pass /rtc, with everything below it, and /twirp on to livekit-server, with the path unchanged; or correct the address',
  );
}
