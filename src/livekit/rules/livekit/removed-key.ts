import { docs, type Rule } from '../rule.ts';
import { unknownKeys, why } from './refused-keys.ts';

export const removedKey: Rule = {
  id: 'livekit/removed-key',
  title: 'No key has been removed by the release',
  severity: 'error',
  why,
  fix: 'remove the key',
  docs: docs.releases,
  *run(facts) {
    for (const { error, key, variants } of unknownKeys(facts, 'removed')) {
      const until = variants.findLast((variant) => variant.until !== null)?.until;
      yield {
        at: error.path.join('.'),
        node: error.node,
        message: `livekit-server ${facts.version} has no key ${key} any more: ${until} was the last to know it`,
      };
    }
  },
};
