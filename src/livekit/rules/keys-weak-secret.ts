import { docs, type Rule } from './rule.ts';

/** Pairs out of manuals, samples and images, which everybody knows. */
const published = new Set([
  'secret',
  'devsecret',
  'your_api_secret',
  'mysecret',
  'changeme',
  'livekit',
  'key1',
  'secret1',
]);
const minimum = 32;

/** Is `secret` a word out of a manual, so that there is nothing to hide? */
export const isPublished = (secret: string): boolean => published.has(secret.toLowerCase());

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
