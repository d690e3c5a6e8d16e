import type { Facts } from '../../facts.ts';
import type { FileLook } from '../../files.ts';
import { decodeYaml, type GoType, parseYaml, unmarshalMessage } from '../../yaml/index.ts';

const text: GoType = { kind: 'scalar', name: 'string', scalar: 'string' };
const keysType: GoType = { kind: 'map', name: 'map[string]string', key: text, of: text };

/** What key_file names, if anything can be said of it here. Paths with variables are expanded by the server's environment. */
export function keyFile(facts: Facts): { path: string; look: FileLook } | undefined {
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
  if (parsed.error) return { keys, problem: parsed.error.message };
  if (decoded === undefined || decoded.errors.length === 0) return { keys, problem: undefined };
  // What it quotes is a secret.
  return { keys, problem: unmarshalMessage(decoded).replace(/`[^`]*`/g, '`********`') };
}
