import { suggest } from '../../../core/suggest.ts';
import { egressKeys, egressRoot } from '../../egress/keys.ts';
import { docs, type Rule } from '../rule.ts';

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
