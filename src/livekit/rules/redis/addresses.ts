import type { Facts } from '../../facts.ts';

const addressKeys = ['redis.sentinel_addresses', 'redis.cluster_addresses', 'redis.address'];

/** The Redis addresses that count: sentinels before cluster nodes before a single server. */
export function redisAddresses(facts: Facts): { at: string; address: string }[] {
  for (const key of addressKeys) {
    const value = facts.get(key);
    if (typeof value === 'string' && value !== '') return [{ at: key, address: value }];
    if (Array.isArray(value) && value.length > 0) {
      return value.map((address, index) => ({ at: `${key}.${index}`, address: String(address) }));
    }
  }
  return [];
}
