import { docs, type Rule } from '../rule.ts';
import { redisAddresses } from './addresses.ts';

export const redisPassword: Rule = {
  id: 'redis/no-password',
  title: 'Redis asks for a password',
  severity: 'info',
  why: 'who reaches an open Redis controls the rooms; 26 of 31 public configurations have one',
  fix: 'set requirepass in Redis and redis.password here, or make sure that nobody else reaches its port',
  docs: docs.distributed,
  *run(facts) {
    const [first] = redisAddresses(facts);
    if (first === undefined || facts.string('redis.password') !== '') return;
    if (/^(127\.|\[?::1\]?:|localhost:)/.test(first.address)) return;
    yield { at: first.at, message: `Redis at ${first.address} is used without a password` };
  },
};
