/** Where values come from, lowest first: defaults, the file, the environment, flags. */
import type { Finding } from '../../core/finding.ts';
import { findKey, keys, root } from '../keys.ts';
import type { Origin } from '../model.ts';
import { interpret, interpretText } from './interpret.ts';
import { pointerOf } from './pointer.ts';
import { type Place, parseYaml } from './yaml.ts';

export interface Layer {
  /** Sparse; objects without a prototype. */
  values: unknown;
  origin(pointer: string): Origin;
  /** What a finding about the value at `pointer` says of its place; of its key, where the key itself is wrong. */
  place(pointer: string, part?: 'key' | 'value'): Partial<Finding>;
  /** What the operator calls the value: `livekit.port`, or a variable's name. */
  nameOf(pointer: string): string;
  findings: Finding[];
}

const dotted = (pointer: string) => pointer.slice(1).replaceAll('/', '.');

/**
 * @param file as findings name it
 * @throws Failure `config/yaml-bomb`
 */
export function fileLayer(text: string, file: string): Layer {
  const { root: tree, problems } = parseYaml(text, file);
  const findings: Finding[] = problems.map(({ kind, message, at }) => ({
    id: `config/${kind === 'syntax' ? 'yaml-syntax' : kind}`,
    severity: kind === 'several-documents' ? 'warning' : 'error',
    message,
    hint: hints[kind],
    file,
    ...at,
  }));
  if (tree === undefined && problems.length === 0) {
    findings.push({
      id: 'config/empty',
      severity: 'warning',
      message: 'the file is empty',
      hint: 'bedrud init writes one that works',
      file,
      line: 1,
      column: 1,
    });
  }
  const read = tree && interpret(tree, root);
  const at = (pointer: string, part: 'key' | 'value'): Place | undefined => {
    const found = read?.places.get(pointer);
    return part === 'key' ? (found?.key ?? found?.value) : found?.value;
  };
  // What is missing is reported at the section it is missing from.
  const nearest = (pointer: string): Place => {
    const parent = pointer.slice(0, pointer.lastIndexOf('/'));
    return parent === '' ? { line: 1, column: 1 } : (at(parent, 'key') ?? nearest(parent));
  };
  return {
    values: read?.value,
    findings: [...findings, ...(read?.findings.map((finding) => ({ ...finding, file })) ?? [])],
    origin: (pointer) => ({ kind: 'file', detail: `${file}:${at(pointer, 'value')?.line ?? 1}` }),
    place: (pointer, part = 'value') => ({ file, ...(at(pointer, part) ?? nearest(pointer)), pointer }),
    nameOf: dotted,
  };
}

const hints = {
  syntax: 'correct the YAML; indentation is made of spaces',
  'duplicate-key': 'keep one of the two',
  'several-documents': 'remove everything after the line ---',
};

export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const values = Object.create(null);
  const variables = new Map<string, string>();
  for (const key of keys) {
    const variable = key.env.find((name) => env[name]);
    if (variable === undefined) continue;
    assign(values, key.path, interpretText(env[variable] ?? '', key));
    variables.set(pointerOf(key.path), variable);
  }
  const variableOf = (pointer: string) => variables.get(pointer) ?? dotted(pointer);
  return {
    values,
    findings: [],
    origin: (pointer) => ({ kind: 'env', detail: variableOf(pointer) }),
    place: (pointer) => ({ pointer }),
    nameOf: variableOf,
  };
}

/** @param flags by path: `{ 'livekit.port': 7890 }` */
export function flagLayer(flags: Readonly<Record<string, unknown>>): Layer {
  const values = Object.create(null);
  for (const [path, value] of Object.entries(flags)) {
    if (findKey(path) === undefined) throw new Error(`no configuration key ${path}`);
    if (value !== undefined) assign(values, path, value);
  }
  return {
    values,
    findings: [],
    origin: () => ({ kind: 'flag' }),
    place: (pointer) => ({ pointer }),
    nameOf: dotted,
  };
}

function assign(values: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let object = values;
  for (const name of names) {
    object[name] ??= Object.create(null);
    object = object[name] as Record<string, unknown>;
  }
  object[last] = value;
}
