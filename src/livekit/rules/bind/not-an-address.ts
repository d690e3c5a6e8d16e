import { isIP } from 'node:net';
import { docs, type Rule } from '../rule.ts';

export const bindAddress: Rule = {
  id: 'bind/not-an-address',
  title: 'bind_addresses holds addresses',
  severity: 'error',
  why: 'a name is looked up when the server starts; one that doesn’t resolve ends it',
  fix: 'write IP addresses of this host, or remove the key to listen on all',
  docs: docs.sample,
  *run(facts) {
    for (const [index, address] of facts.list('bind_addresses').entries()) {
      if (address === '' || address === 'localhost' || isIP(address) !== 0) continue;
      const at = `bind_addresses.${index}`;
      const message = `bind_addresses holds ${address}, which is no address`;
      // Names with a dot may resolve; whether they do is the network's business.
      if (address.includes('.')) yield { at, severity: 'warning', message };
      else
        yield {
          at,
          message,
          stops: { stage: 'listen', prints: `listen tcp: lookup ${address}: no such host` },
        };
    }
  },
};
