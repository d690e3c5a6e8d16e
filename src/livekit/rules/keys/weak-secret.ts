import { docs, type Rule } from '../rule.ts';
import { isPublished } from './published.ts';

const minimum = 32;

export const keysWeakSecret: Rule = {
  id: 'keys/weak-secret',
  title: 'API secrets can’t be guessed',
  severity: 'warning',
  why: 'whoever knows the secret makes tokens for any room. The server only logs that a secret under 32 characters is short',
  fix: 'make a new pair with livekit-server generate-keys, and put it into every client of the API',
  docs: docs.selfHosting,
  *run(facts) {
    for (const [key, secret] of facts.map('keys')) {
      const at = `keys.${key}`;
      if (key === 'devkey' || isPublished(secret)) {
        yield { at, message: `the pair of ${key} is one that everybody knows` };
      } else if (secret.length < minimum) {
        yield { at, message: `the secret of ${key} has ${secret.length} characters; ${minimum} are wanted` };
      } else if (new Set(secret).size < 8) {
        yield { at, message: `the secret of ${key} is made of ${new Set(secret).size} different characters` };
      }
    }
  },
};
