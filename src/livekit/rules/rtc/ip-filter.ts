import { isCidr } from '../cidr.ts';
import { docs, type Rule } from '../rule.ts';

export const rtcIpFilter: Rule = {
  id: 'rtc/ip-filter',
  title: 'rtc.ips holds networks',
  severity: 'error',
  why: 'the server says "invalid CIDR address" and ends when an entry is no network',
  fix: 'write ADDRESS/PREFIX: 192.168.0.0/16, or 192.168.1.5/32 for one address',
  docs: docs.sample,
  *run(facts) {
    for (const key of ['rtc.ips.includes', 'rtc.ips.excludes']) {
      for (const [index, cidr] of facts.list(key).entries()) {
        if (isCidr(cidr)) continue;
        const prints = `invalid CIDR address: ${cidr}`;
        yield {
          at: `${key}.${index}`,
          message: `${key} holds ${cidr || 'an empty text'}, which is no network`,
          stops: { stage: 'rtc', prints },
        };
      }
    }
  },
};
