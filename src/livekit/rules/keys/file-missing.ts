import { docs, type Rule } from '../rule.ts';
import { keyFile } from './key-file.ts';

export const keyFileMissing: Rule = {
  id: 'keys/file-missing',
  title: 'The key file can be read',
  severity: 'error',
  why: 'the server ends when key_file can’t be read, even with keys: in the configuration',
  fix: 'correct the path, as the server’s process (or container) sees it',
  docs: docs.selfHosting,
  *run(facts) {
    const file = keyFile(facts);
    if (file === undefined || !('reason' in file.look)) return;
    const { reason } = file.look;
    const call = reason === 'permission denied' ? 'open' : 'stat';
    // A directory is found out by whoever reads it.
    const prints =
      reason === 'is a directory'
        ? `yaml: input error: read ${file.path}: ${reason}`
        : `${call} ${file.path}: ${reason}`;
    yield {
      at: 'key_file',
      message: `key_file ${file.path}: ${reason}`,
      stops: { stage: 'keys', prints },
    };
  },
};
