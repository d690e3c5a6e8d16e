/** The rules on files of the egress service, which ignores keys that it doesn't know. */
import { suggest } from '../../core/suggest.ts';
import { duplicateKey } from '../rules/duplicate-key.ts';
import { placeholder } from '../rules/placeholder.ts';
import { docs, type Rule } from '../rules/rule.ts';
import { wrongKind } from '../rules/wrong-kind.ts';
import { yamlEmpty } from '../rules/yaml-empty.ts';
import { yamlSyntax } from '../rules/yaml-syntax.ts';
import { egressKeys, egressRoot } from './keys.ts';

/** Keys that people write at the top, and where the service looks instead. */
const moved: Record<string, string> = {
  s3: 'it belongs under storage:',
  azure: 'it belongs under storage:',
  gcp: 'it belongs under storage:',
  alioss: 'it belongs under storage:',
  log_level: 'use logging: with level inside',
  file_prefix: 'use storage: with prefix inside',
  local_directory: 'a request’s filepath says where a file goes',
  keys: 'use api_key and api_secret',
  port: 'the service has no API port: it takes its orders from Redis',
  rtc: 'this is a section of the SFU’s file',
};

export const egressIgnoredKey: Rule = {
  id: 'egress/ignored-key',
  title: 'Every key of an egress file is read',
  severity: 'error',
  why: 'the egress service passes over keys that it doesn’t know: recordings stay on its disk, and nothing says why',
  fix: 'remove the key',
  docs: docs.egress,
  *run(facts) {
    for (const { why, node, owner = '', path } of facts.errors) {
      if (why !== 'unknown-key') continue;
      const near = suggest(node.value, egressKeys(owner));
      const hint =
        (owner === egressRoot ? moved[node.value] : undefined) ?? (near && `did you mean ${near}?`);
      yield {
        at: path.join('.'),
        node,
        message: `the egress service ignores ${path.join('.')}`,
        ...(hint === undefined ? {} : { hint }),
      };
    }
  },
};

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

export const egressWsUrl: Rule = {
  id: 'egress/ws-url',
  title: 'ws_url is a WebSocket URL',
  severity: 'warning',
  why: 'the recorder joins rooms through it; with another scheme, or none, it is stuck at "starting"',
  fix: 'write ws://HOST:7880, or wss://NAME through the proxy',
  docs: docs.egress,
  *run(facts) {
    const url = facts.string('ws_url');
    if (url === '' || /^wss?:\/\/[^/\s]/.test(url)) return;
    yield { at: 'ws_url', message: `ws_url is ${url}, which does not begin with ws:// or wss://` };
  },
};

export const egressPathStyle: Rule = {
  id: 'egress/path-style',
  title: 'A storage of one’s own is asked by path',
  severity: 'warning',
  why: 'without force_path_style the bucket’s name becomes part of the host’s, which MinIO and its like don’t resolve',
  fix: 'add force_path_style: true',
  docs: docs.egress,
  *run(facts) {
    for (const at of ['storage.s3', 'backup.s3', 'debug.s3']) {
      const endpoint = facts.string(`${at}.endpoint`);
      if (endpoint === '' || /amazonaws\.com/.test(endpoint) || facts.flag(`${at}.force_path_style`))
        continue;
      yield { at: `${at}.endpoint`, message: `${at} has an endpoint of its own and no force_path_style` };
    }
  },
};

const stores = ['s3', 'azure', 'gcp', 'alioss'];

export const egressLocalFile: Rule = {
  id: 'egress/local-file-url',
  title: 'Recordings are uploaded',
  severity: 'warning',
  why: 'without a storage, files stay inside the service’s container, and their URL is a path that nobody can open',
  fix: 'set storage: with s3, azure, gcp or alioss inside, unless each request brings its own',
  docs: docs.egress,
  *run(facts) {
    if (facts.root === undefined || stores.some((name) => facts.has(`storage.${name}`))) return;
    yield { at: 'storage', onKey: true, message: 'the file names no storage for recordings' };
  },
};

export const egressNoBackup: Rule = {
  id: 'egress/no-backup',
  title: 'A failed upload is caught',
  severity: 'info',
  why: 'a recording whose upload fails is lost when the container goes',
  fix: 'set backup: with a second storage',
  docs: docs.egress,
  *run(facts) {
    if (!facts.has('storage') || facts.has('backup')) return;
    yield { at: 'storage', onKey: true, message: 'there is a storage and no backup' };
  },
};

/** Every rule on egress files, in the order in which they run. */
export const egressRules: readonly Rule[] = [
  yamlSyntax,
  yamlEmpty,
  duplicateKey,
  wrongKind,
  egressIgnoredKey,
  egressRedisMissing,
  egressWsUrl,
  egressPathStyle,
  egressLocalFile,
  egressNoBackup,
  placeholder,
];
