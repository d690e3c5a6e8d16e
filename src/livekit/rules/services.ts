/** The rules on what LiveKit talks to: webhooks, Redis, other TURN servers. */
import type { Facts } from '../facts.ts';
import { decodeYaml, type GoType, parseYaml } from '../yaml/index.ts';
import { docs, type Rule } from './rule.ts';

const text: GoType = { kind: 'scalar', name: 'string', scalar: 'string' };
const keysType: GoType = { kind: 'map', name: 'map[string]string', key: text, of: text };

/** The API keys that the server ends up with; undefined when they stand in a file that can't be read here. */
function apiKeys(facts: Facts): Map<string, string> | undefined {
  const path = facts.string('key_file');
  if (path === '') {
    const keys = facts.map('keys');
    return keys.size === 0 && facts.flag('development') ? new Map([['devkey', 'secret']]) : keys;
  }
  const look = facts.files.look(path);
  if (look === undefined || 'reason' in look) return undefined;
  const value = decodeYaml(parseYaml(look.bytes), keysType).value;
  return new Map(Object.entries((value ?? {}) as Record<string, string>));
}

export const webhookApiKey: Rule = {
  id: 'webhook/api-key',
  title: 'Webhooks are signed with one of the API keys',
  severity: 'error',
  why: 'with webhook.urls and no webhook.api_key that is among the keys the server says "api_key is required to use webhooks" and ends',
  fix: 'set webhook.api_key to one of the names under keys:',
  docs: docs.webhooks,
  *run(facts) {
    if (facts.list('webhook.urls').length === 0) return;
    const keys = apiKeys(facts);
    const name = facts.string('webhook.api_key');
    if (keys === undefined || (keys.get(name) ?? '') !== '') return;
    yield {
      at: name === '' ? 'webhook.urls' : 'webhook.api_key',
      message:
        name === ''
          ? 'webhook.urls is set and webhook.api_key is not'
          : `webhook.api_key ${name} is not among the keys`,
      stops: { stage: 'webhook', prints: 'api_key is required to use webhooks' },
    };
  },
};

export const webhookUrl: Rule = {
  id: 'webhook/url',
  title: 'Webhooks go to URLs',
  severity: 'warning',
  why: 'the server takes any text, and then every event fails to be sent',
  fix: 'write a URL that begins with http:// or https://',
  docs: docs.webhooks,
  *run(facts) {
    for (const [index, url] of facts.list('webhook.urls').entries()) {
      if (/^https?:\/\/[^/\s]/.test(url)) continue;
      yield {
        at: `webhook.urls.${index}`,
        message: `webhook.urls holds ${url || 'an empty text'}, which is no http or https URL`,
      };
    }
  },
};

const addressKeys = ['redis.sentinel_addresses', 'redis.cluster_addresses', 'redis.address'];

/** The Redis addresses that count: sentinels before cluster nodes before a single server. */
function redisAddresses(facts: Facts): { at: string; address: string }[] {
  for (const key of addressKeys) {
    const value = facts.get(key);
    if (typeof value === 'string' && value !== '') return [{ at: key, address: value }];
    if (Array.isArray(value) && value.length > 0) {
      return value.map((address, index) => ({ at: `${key}.${index}`, address: String(address) }));
    }
  }
  return [];
}

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

export const turnSecretFile: Rule = {
  id: 'livekit/turn-secret-mode',
  title: 'Secret files of other TURN servers can be read, and by nobody else',
  severity: 'error',
  why: 'since 1.13.0 the server ends when a secret_file under rtc.turn_servers is missing or open to others',
  fix: 'correct the path; chmod o= FILE',
  docs: docs.sample,
  *run(facts) {
    for (const [index, server] of facts.list<Record<string, unknown>>('rtc.turn_servers').entries()) {
      const path = server['secret_file'];
      if (typeof path !== 'string' || path === '' || server['secret']) continue;
      const look = facts.files.look(path);
      const at = `rtc.turn_servers.${index}.secret_file`;
      if (look && 'reason' in look) {
        yield {
          at,
          message: `secret_file ${path}: ${look.reason}`,
          stops: { stage: 'secrets', prints: `stat ${path}: ${look.reason}` },
        };
      } else if (look && (look.mode & 0o007) !== 0) {
        const prints = 'TURN secret file others permissions must be set to 0';
        yield {
          at,
          message: `secret_file ${path} has mode ${look.mode.toString(8)}: others have access`,
          stops: { stage: 'secrets', prints },
        };
      }
    }
  },
};
