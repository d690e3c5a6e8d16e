import { docs, type Rule } from '../rule.ts';
import { unknownKeys, why } from './refused-keys.ts';

export const tooNewKey: Rule = {
  id: 'livekit/too-new-key',
  title: 'No key is newer than the release',
  severity: 'error',
  why,
  fix: 'remove the key, or use a release that has it',
  docs: docs.releases,
  *run(facts) {
    for (const { error, key, variants } of unknownKeys(facts, 'too-new')) {
      const since = variants[0]?.since;
      yield {
        at: error.path.join('.'),
        node: error.node,
        message: `livekit-server ${facts.version} does not know the key ${key} yet${since ? `: ${since} was the first` : ''}`,
        hint: `use livekit-server ${since ?? 'of a later release'}, or remove the key`,
      };
    }
  },
};
