import { docs, type Rule } from '../rule.ts';

export const keysMissing: Rule = {
  id: 'keys/missing',
  title: 'There is an API key',
  severity: 'error',
  why: 'without keys and key_file the server says "one of key-file or keys must be provided" and ends',
  fix: 'write keys: with a key and a secret of at least 32 characters (livekit-server generate-keys makes a pair)',
  docs: docs.selfHosting,
  *run(facts) {
    if (facts.string('key_file') !== '' || facts.map('keys').size > 0) return;
    // In development mode the server makes up devkey: secret.
    if (facts.flag('development')) return;
    yield {
      at: 'keys',
      onKey: true,
      message: facts.has('keys') ? 'keys is empty' : 'there are no keys, and no key_file',
      stops: { stage: 'keys', prints: 'one of key-file or keys must be provided' },
    };
  },
};
