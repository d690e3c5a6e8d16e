/** The three rules on key_file. */
import type { Facts } from '../facts.ts';
import type { FileLook } from '../files.ts';
import { decodeYaml, type GoType, parseYaml } from '../yaml/index.ts';
import { docs, type Rule } from './rule.ts';

const text: GoType = { kind: 'scalar', name: 'string', scalar: 'string' };
const keysType: GoType = { kind: 'map', name: 'map[string]string', key: text, of: text };

/** What key_file names, if anything can be said of it here. Paths with variables are expanded by the server's environment. */
function keyFile(facts: Facts): { path: string; look: FileLook } | undefined {
  const path = facts.string('key_file');
  if (path === '' || /[$~]/.test(path)) return undefined;
  const look = facts.files.look(path);
  return look && { path, look };
}

/** The pairs in a key file, and what the server says when it can't read them. */
export function readKeys(bytes: Uint8Array): { keys: Record<string, string>; problem: string | undefined } {
  const parsed = parseYaml(bytes);
  const decoded = parsed.root && decodeYaml(parsed, keysType);
  const keys = (decoded?.value ?? {}) as Record<string, string>;
  return { keys, problem: parsed.error?.message ?? decoded?.errors[0]?.message };
}

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
    const call = file.look.reason === 'permission denied' ? 'open' : 'stat';
    yield {
      at: 'key_file',
      message: `key_file ${file.path}: ${file.look.reason}`,
      stops: { stage: 'keys', prints: `${call} ${file.path}: ${file.look.reason}` },
    };
  },
};

export const keyFileMode: Rule = {
  id: 'keys/file-mode',
  title: 'The key file is closed to others',
  severity: 'error',
  why: 'the server refuses a key file that others may read, write or execute',
  fix: 'chmod o= FILE',
  docs: docs.selfHosting,
  *run(facts) {
    const file = keyFile(facts);
    if (file === undefined || 'reason' in file.look || (file.look.mode & 0o007) === 0) return;
    yield {
      at: 'key_file',
      message: `key_file ${file.path} has mode ${file.look.mode.toString(8)}: others have access`,
      hint: `chmod o= ${file.path}`,
      stops: { stage: 'keys', prints: 'key file others permissions must be set to 0' },
    };
  },
};

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
