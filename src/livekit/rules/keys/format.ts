import { docs, type Rule } from '../rule.ts';
import { keyFile, readKeys } from './key-file.ts';

export const keyFileFormat: Rule = {
  id: 'keys/format',
  title: 'The key file holds pairs of key and secret',
  severity: 'error',
  why: 'the key file is YAML, `KEY: SECRET` on a line; the server ends when it isn’t',
  fix: 'write `KEY: SECRET`, with a space behind the colon',
  docs: docs.selfHosting,
  *run(facts) {
    const file = keyFile(facts);
    if (file === undefined || 'reason' in file.look) return;
    const { keys, problem } = readKeys(file.look.bytes);
    if (problem === undefined && Object.keys(keys).length > 0) return;
    const prints = problem ?? 'one of key-file or keys must be provided';
    yield {
      at: 'key_file',
      message: problem === undefined ? `${file.path} holds no keys` : `${file.path} holds no keys: ${prints}`,
      stops: { stage: 'keys', prints },
    };
  },
};
