import { docs, type Rule } from '../rule.ts';
import { keyFile } from './key-file.ts';

export const keyFileMode: Rule = {
  id: 'keys/file-mode',
  title: 'The key file is closed to others',
  severity: 'error',
  why: 'the server refuses a key file that others may read, write or execute',
  fix: 'chmod o= FILE',
  docs: docs.selfHosting,
  *run(facts) {
    const file = keyFile(facts);
    const mode = file?.look.mode ?? 0;
    if (file === undefined || (mode & 0o007) === 0) return;
    yield {
      at: 'key_file',
      message: `key_file ${file.path} has mode ${mode.toString(8)}: others have access`,
      hint: `chmod o= ${file.path}`,
      stops: { stage: 'keys', prints: 'key file others permissions must be set to 0' },
    };
  },
};
