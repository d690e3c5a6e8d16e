import { isCidr } from '../cidr.ts';
import { docs, type Rule } from '../rule.ts';

export const turnCidr: Rule = {
  id: 'turn/cidr-invalid',
  title: 'Peer lists of TURN hold networks',
  severity: 'warning',
  why: 'an entry that is no network in CIDR notation is passed over in silence: what it was to allow stays refused, what it was to deny stays open',
  fix: 'write ADDRESS/PREFIX, such as 10.0.0.0/8',
  docs: docs.ports,
  *run(facts) {
    for (const key of ['turn.allow_restricted_peer_cidrs', 'turn.deny_peer_cidrs']) {
      for (const [index, cidr] of facts.list(key).entries()) {
        if (!isCidr(cidr))
          yield { at: `${key}.${index}`, message: `${key} holds ${cidr}, which is no network` };
      }
    }
  },
};
