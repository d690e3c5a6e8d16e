import { docs, type Rule } from '../rule.ts';
import { redisAddresses } from './addresses.ts';

export const redisAddress: Rule = {
  id: 'redis/url-in-address',
  title: 'Redis addresses are host:port',
  severity: 'error',
  why: 'the server dials the text as it is: without a port, or with a scheme, it can’t, and ends',
  fix: 'write host:port, such as 127.0.0.1:6379, and user, password and database in keys of their own',
  docs: docs.distributed,
  *run(facts) {
    for (const { at, address } of redisAddresses(facts)) {
      if (address === '' || /^(\[[^\]]+\]|[^:[\]]*):[^:]*$/.test(address)) continue;
      const what = /:.*:/.test(address.replace(/^\[[^\]]*\]/, ''))
        ? 'too many colons in address'
        : 'missing port in address';
      yield {
        at,
        message: `${at} is ${address.replace(/\/\/[^@/]*@/, '//…@')}: ${what}`,
        stops: {
          stage: 'redis',
          prints: `unable to connect to redis: dial tcp: address ${address}: ${what}`,
        },
      };
    }
  },
};
