import { isIPv4 } from 'node:net';
import { docs, type Rule } from '../rule.ts';
import { turnTls } from './tls.ts';

/** What the server takes for a domain; that an IPv4 address passes is its oversight. */
const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i;

export const turnDomainUnusable: Rule = {
  id: 'turn/domain-unusable',
  title: 'turn.domain is a DNS name',
  severity: 'error',
  why: 'the server refuses single labels, ports, schemes, wildcards and IPv6; it takes an IPv4 address, which no browser can verify',
  fix: 'write the bare name that turn.cert_file is for: turn.example.com',
  docs: docs.ports,
  *run(facts) {
    const domain = facts.string('turn.domain');
    if (domain === '' || !facts.flag('turn.enabled')) return;
    if (isIPv4(domain)) {
      const message = `turn.domain is the address ${domain}: the server takes it, browsers don't`;
      yield { at: 'turn.domain', severity: 'warning', message };
    } else if (!domainPattern.test(domain)) {
      const message = `turn.domain is ${domain}, which is no DNS name of two labels or more`;
      if (turnTls(facts)) {
        yield { at: 'turn.domain', message, stops: { stage: 'turn', prints: 'TURN domain is not correct' } };
      } else {
        yield {
          at: 'turn.domain',
          severity: 'warning',
          message: `${message}; without turn.tls_port it is not used`,
        };
      }
    }
  },
};
