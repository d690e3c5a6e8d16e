/** Defaults and layers → the configuration, and where each value came from. */
import { type Key, root } from '../keys.ts';
import type { Config, Origin } from '../model.ts';
import type { Checked } from './check.ts';
import type { Layer } from './layers.ts';
import { pointerOf } from './pointer.ts';

/** A layer, and what of it can't be used. */
export interface CheckedLayer extends Layer {
  invalid: Checked['invalid'];
}

/** @param layers lowest first */
export function merge(layers: readonly CheckedLayer[]): {
  config: Config;
  origins: Map<string, CheckedLayer>;
} {
  const origins = new Map<string, CheckedLayer>();

  function build(key: Key, parts: readonly string[]): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const [name, child] of key.keys) {
      const at = [...parts, name];
      const value = child.type === 'section' ? build(child, at) : leaf(child, at);
      if (value !== undefined) object[name] = value;
    }
    return object;
  }

  function leaf(key: Key, parts: readonly string[]): unknown {
    for (const layer of [...layers].reverse()) {
      const value = at(layer.values, parts);
      if (value === undefined || value === null || unusable(layer, pointerOf(key.path))) continue;
      origins.set(key.path, layer);
      return plain(value);
    }
    return structuredClone(key.default) ?? (key.type === 'free' || key.type === 'textMap' ? {} : undefined);
  }

  return { config: build(root, []) as unknown as Config, origins };
}

export const defaultOrigin: Origin = { kind: 'default' };

function at(values: unknown, parts: readonly string[]): unknown {
  let value = values;
  for (const part of parts) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function unusable(layer: CheckedLayer, pointer: string): boolean {
  return [...layer.invalid].some((bad) => bad === pointer || bad.startsWith(`${pointer}/`));
}

/** Objects without a prototype → ordinary ones. Names that would reach a prototype were left out when reading. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, plain(child)]));
}
