/** What the schema has against a layer, in words an operator can act on. */
import type { Finding } from '../../core/finding.ts';
import { suggest } from '../../core/suggest.ts';
import { type Key, keys, root } from '../keys.ts';
import { type SchemaError, validate } from '../validate.generated.js';
import type { Layer } from './layers.ts';
import { childPointer, partsOf } from './pointer.ts';

export interface Checked {
  findings: Finding[];
  /** Pointers whose values can't be used. */
  invalid: Set<string>;
}

/** Holds a layer against the schema. */
export function check(layer: Layer): Checked {
  const invalid = new Set<string>();
  const findings: Finding[] = [];
  if (layer.values === undefined || validate(layer.values)) return { findings, invalid };
  for (const error of validate.errors ?? []) {
    if (error.keyword === 'additionalProperties') {
      findings.push(unknownKey(error, layer));
      continue;
    }
    // A value of the wrong type fails more than one keyword; the first says it best.
    if (invalid.has(error.instancePath)) continue;
    invalid.add(error.instancePath);
    findings.push(wrongValue(error, layer));
  }
  return { findings, invalid };
}

function unknownKey(error: SchemaError, layer: Layer): Finding {
  const name = String(error.params['additionalProperty']);
  const parent = keyAt(error.instancePath);
  const pointer = childPointer(error.instancePath, name);
  const where = parent.path === '' ? 'at the top of config.yaml' : `under ${parent.path}`;
  return {
    id: 'config/unknown-key',
    severity: 'error',
    message: `${layer.nameOf(pointer)}: there is no key "${name}" ${where}`,
    hint: hintForUnknown(name, parent),
    ...layer.place(pointer, 'key'),
  };
}

function hintForUnknown(name: string, parent: Key): string {
  const here = suggest(name, parent.keys.keys());
  if (here) return `did you mean ${here}?`;
  const same = keys.filter((key) => key.path.endsWith(`.${name}`)).map((key) => key.path);
  const sections = [...root.keys.values()].flatMap((section) => [...section.keys.values()]);
  const elsewhere = same[0] ?? sections.find((key) => key.path.endsWith(`.${name}`))?.path;
  if (elsewhere) return `there is ${elsewhere}: move it there`;
  const anywhere = suggest(
    name,
    keys.map((key) => key.path.slice(key.path.lastIndexOf('.') + 1)),
  );
  const path = anywhere && keys.find((key) => key.path.endsWith(`.${anywhere}`))?.path;
  if (path) return `did you mean ${path}?`;
  const known = [...parent.keys.keys()];
  return `known keys${parent.path === '' ? '' : ` of ${parent.path}`}: ${known.join(', ')}`;
}

const ids: Record<string, string> = {
  type: 'config/wrong-type',
  enum: 'config/unknown-value',
  minimum: 'config/out-of-range',
  maximum: 'config/out-of-range',
  pattern: 'config/malformed',
};

function wrongValue(error: SchemaError, layer: Layer): Finding {
  const key = keyAt(error.instancePath);
  const value = valueAt(layer.values, error.instancePath);
  return {
    id: ids[error.keyword] ?? 'config/wrong-type',
    severity: 'error',
    message: `${layer.nameOf(error.instancePath) || 'config.yaml'} is ${describe(value, key)}, expected ${expectation(key)}`,
    hint: hintFor(key, value),
    ...layer.place(error.instancePath),
  };
}

function describe(value: unknown, key: Key): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (key.secret) return 'something else';
  return typeof value === 'string' ? `the text "${shorten(value)}"` : String(value);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** `a whole number from 0`, `true or false`: what the value of `key` has to be. */
export function expectation(key: Key): string {
  if (key.choices) return `one of ${key.choices.join(', ')}`;
  switch (key.type) {
    case 'section':
    case 'free':
      return 'a mapping of keys to values';
    case 'textMap':
      return 'a mapping of names to texts';
    case 'texts':
      return 'a list of texts';
    case 'boolean':
      return 'true or false';
    case 'port':
      return key.expects ?? 'a port';
    case 'integer':
    case 'quotableInteger': {
      const to = key.maximum === undefined ? '' : ` to ${key.maximum}`;
      return `a whole number from ${key.minimum ?? 0}${to}`;
    }
    default:
      return key.expects ?? 'text';
  }
}

function hintFor(key: Key, value: unknown): string {
  const near = typeof value === 'string' && key.choices ? suggest(value, key.choices) : undefined;
  if (near) return `did you mean ${near}?`;
  const unquotable =
    (key.type === 'boolean' && (value === 'true' || value === 'false')) ||
    (key.type === 'integer' && typeof value === 'string' && /^\d+$/.test(value));
  if (unquotable) return `remove the quotes: ${value}`;
  if (key.type === 'texts' && typeof value === 'string') return `write it as a list: [${value}]`;
  if (key.type === 'section') {
    const names = [...key.keys.keys()].slice(0, 4).join(', ');
    return key.path === ''
      ? `begin with one of its sections: ${names}, …`
      : `write its keys below it, indented: ${names}, …`;
  }
  const example = key.examples[0] ?? key.default;
  return example === undefined
    ? key.description
    : `for example ${JSON.stringify(example)}. ${key.description}`;
}

/** The deepest key that the pointer passes through. */
function keyAt(pointer: string): Key {
  let key = root;
  for (const part of partsOf(pointer)) {
    const child = key.keys.get(part);
    if (child === undefined) break;
    key = child;
  }
  return key;
}

function valueAt(values: unknown, pointer: string): unknown {
  let value = values;
  for (const part of partsOf(pointer)) value = (value as Record<string, unknown>)[part];
  return value;
}
