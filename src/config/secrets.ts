import { keys } from './keys.ts';
import type { Config } from './model.ts';

const secretPaths = new Set(keys.filter((key) => key.secret).map((key) => key.path));
/** In LiveKit's own sections, which the schema doesn't list. */
const secretName = /secret|password|token/i;

/** Is the value at `path` one that is never shown? */
export function isSecret(path: string): boolean {
  if (secretPaths.has(path)) return true;
  const free = path.startsWith('livekit.overrides.') || path.startsWith('livekit.room.');
  return free && (secretName.test(path) || path.startsWith('livekit.overrides.keys.'));
}

/** Every secret that is set. */
export function secretsIn(config: Config): string[] {
  return [...texts(config, '')].filter(([path]) => isSecret(path)).map(([, text]) => text);
}

function* texts(value: unknown, path: string): Iterable<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value))
    yield* texts(child, path === '' ? name : `${path}.${name}`);
}
