/** The configuration as YAML a person reads: every value with its origin beside it, secrets masked. */
import { mask, redact } from '../core/redact.ts';
import type { LoadedConfig } from './index.ts';
import { type Key, root } from './keys.ts';
import type { Origin } from './model.ts';
import { isSecret } from './secrets.ts';
import { scalarToYaml } from './yaml-text.ts';

export interface Shown {
  text: string;
  /** The configuration, masked. */
  values: Record<string, unknown>;
  /** By path; defaults are left out. */
  origins: Record<string, Origin>;
}

/** @param changed only what does not come from a default */
export function show(loaded: LoadedConfig, changed: boolean): Shown {
  const origins: Record<string, Origin> = {};
  const lines: { text: string; origin?: string }[] = [];

  function section(key: Key, given: Record<string, unknown>, indent: string): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [name, child] of key.keys) {
      const value = given[name];
      if (value === undefined) continue;
      if (child.type === 'section') {
        const at = lines.push({ text: `${indent}${name}:` });
        const inner = section(child, value as Record<string, unknown>, `${indent}  `);
        if (lines.length === at) lines.pop();
        else values[name] = inner;
        continue;
      }
      const origin = loaded.originOf(child.path);
      const empty =
        (child.type === 'free' || child.type === 'textMap') && Object.keys(value as object).length === 0;
      if (empty || (changed && origin.kind === 'default')) continue;
      if (origin.kind !== 'default') origins[child.path] = origin;
      values[name] = masked(value, child.path);
      lines.push({ text: `${indent}${name}: ${flow(values[name])}`, origin: origin.detail ?? origin.kind });
    }
    return values;
  }

  const values = section(root, loaded.config as unknown as Record<string, unknown>, '');
  const width = Math.min(50, Math.max(0, ...lines.map(({ text, origin }) => (origin ? text.length : 0))));
  const text = lines.map((line) =>
    line.origin ? `${line.text.padEnd(width)}  # ${line.origin}\n` : `${line.text}\n`,
  );
  return { text: text.join(''), values, origins };
}

/** `value`, which stands at `path`, without its secrets. */
export function masked(value: unknown, path: string): unknown {
  if (isSecret(path)) return mask;
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, path));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, masked(child, `${path}.${name}`)]),
  );
}

/** On one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalarToYaml(value);
  const entries = Object.entries(value).map(([name, child]) => `${scalarToYaml(name)}: ${flow(child)}`);
  return `{ ${entries.join(', ')} }`;
}
