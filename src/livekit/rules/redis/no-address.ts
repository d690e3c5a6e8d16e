import { docs, type Rule } from '../rule.ts';
import { redisAddresses } from './addresses.ts';

export const redisUnused: Rule = {
  id: 'redis/no-address',
  title: 'Redis settings come with an address',
  severity: 'warning',
  why: 'without an address the server runs alone and passes the other settings over; recording needs Redis',
  fix: 'set redis.address, or remove the section',
  docs: docs.distributed,
  *run(facts) {
    const settings = Object.keys((facts.get('redis') ?? {}) as object);
    if (settings.length === 0 || redisAddresses(facts).length > 0) return;
    yield {
      at: 'redis',
      onKey: true,
      message: `redis has ${settings.join(', ')} and no address: Redis is not used`,
    };
  },
};
