import { docs, type Rule } from '../rule.ts';
import { redisAddresses } from './addresses.ts';

export const redisTls: Rule = {
  id: 'redis/tls-files',
  title: 'The files for TLS to Redis can be read',
  severity: 'error',
  why: 'the server ends when it can’t load a file under redis.tls',
  fix: 'correct the path, as the server’s process (or container) sees it',
  docs: docs.distributed,
  *run(facts) {
    if (!facts.flag('redis.tls.enabled') || redisAddresses(facts).length === 0) return;
    for (const name of ['ca_cert_file', 'client_cert_file', 'client_key_file']) {
      const at = `redis.tls.${name}`;
      const path = facts.string(at);
      const look = path === '' ? undefined : facts.files.look(path);
      if (look === undefined || !('reason' in look)) continue;
      yield {
        at,
        message: `${at} ${path}: ${look.reason}`,
        stops: { stage: 'redis', prints: `open ${path}: ${look.reason}` },
      };
    }
  },
};
