import type { Tree } from './types.ts';

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** `base` with `over` laid over it: sections are merged key by key, lists and values replaced. Neither is changed. */
export function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const present = merged[key];
    merged[key] = isTree(present) && isTree(value) ? merge(present, value) : value;
  }
  return merged;
}

/** `tree` without keys that have no value, and without sections that hold nothing. */
export function compact(tree: Tree): Tree {
  const kept: Tree = {};
  for (const [key, value] of Object.entries(tree)) {
    const inner = isTree(value) ? compact(value) : value;
    if (inner !== undefined && !(isTree(inner) && Object.keys(inner).length === 0)) kept[key] = inner;
  }
  return kept;
}
