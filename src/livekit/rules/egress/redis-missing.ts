import { docs, type Rule } from '../rule.ts';

export const egressRedisMissing: Rule = {
  id: 'egress/redis-missing',
  title: 'The egress service has Redis',
  severity: 'error',
  why: 'the SFU hands recordings over through Redis; without it StartEgress answers "no response from servers"',
  fix: 'set redis.address to the Redis that the SFU’s file names',
  docs: docs.egress,
  *run(facts) {
    if (facts.root === undefined) return;
    const addresses = ['redis.sentinel_addresses', 'redis.cluster_addresses'].flatMap((key) =>
      facts.list(key),
    );
    if (facts.string('redis.address') !== '' || addresses.length > 0) return;
    yield { at: 'redis', onKey: true, message: 'the file has no redis.address' };
  },
};
