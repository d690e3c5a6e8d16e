/** YAML nodes → plain values, each read as the type its key asks for, so that the schema can judge them. */
import type { Finding } from '../../core/finding.ts';
import type { Key } from '../keys.ts';
import { childPointer } from './pointer.ts';
import { booleanOf, isNull, naturalValue, numberOf, parseBool } from './scalars.ts';
import type { Node, Place, Scalar } from './yaml.ts';

export interface Interpreted {
  /** Sparse: what isn't said is absent. Objects have no prototype, so that no key is special. */
  value: unknown;
  /** Where each value stands, by JSON pointer. */
  places: Map<string, { key?: Place; value: Place }>;
  findings: Finding[];
}

/** Names that would reach an object's prototype if the value were ever merged. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads the tree below `node` as what `root` describes. */
export function interpret(node: Node, root: Key): Interpreted {
  const places: Interpreted['places'] = new Map();
  const findings: Finding[] = [];
  const report = (
    id: string,
    severity: Finding['severity'],
    pointer: string,
    at: Place,
    message: string,
    hint: string,
  ) => findings.push({ id, severity, message, hint, pointer, ...at });

  function section(given: Node, key: Key, pointer: string): unknown {
    if (given.kind === 'scalar' && isNull(given)) return undefined;
    if (given.kind !== 'mapping') return anything(given, pointer);
    return mapping(given, pointer, (name, child, at) => {
      const known = key.keys.get(name);
      return known ? value(child, known, at) : anything(child, at);
    });
  }

  function value(given: Node, key: Key, pointer: string): unknown {
    if (key.type === 'section') return section(given, key, pointer);
    if (given.kind === 'scalar') {
      if (isNull(given) || (given.text === '' && key.type !== 'boolean')) return undefined;
      return scalar(given, key, pointer);
    }
    if (key.type === 'texts' && given.kind === 'sequence') {
      return given.items.map((item, i) => {
        const at = childPointer(pointer, i);
        places.set(at, { value: item.at });
        return item.kind === 'scalar' && !isNull(item) ? item.text : anything(item, at);
      });
    }
    if (key.type === 'textMap' && given.kind === 'mapping') {
      return mapping(given, pointer, (_, child, at) =>
        child.kind === 'scalar' && !isNull(child) ? child.text : anything(child, at),
      );
    }
    return anything(given, pointer);
  }

  function scalar(given: Scalar, key: Key, pointer: string): unknown {
    switch (key.type) {
      case 'boolean':
        return booleanOf(given) ?? given.text;
      case 'port':
        return /^\d{1,5}$/.test(given.text) ? Number(given.text) : given.text;
      case 'quotableInteger':
        if (!given.plain && /^-?\d+$/.test(given.text)) {
          const message = `${key.path}: the number ${given.text} stands in quotes`;
          report(
            'config/quoted-integer',
            'warning',
            pointer,
            given.at,
            message,
            `write it without: ${given.text}`,
          );
          return Number(given.text);
        }
        return numberOf(given) ?? given.text;
      case 'integer':
        return numberOf(given) ?? given.text;
      case 'text':
        if (given.plain && booleanOf(given) !== undefined && !key.choices?.includes(given.text)) {
          const message = `${key.path}: ${given.text} is a boolean here, and is read as the text "${given.text}"`;
          report(
            'config/wrong-type',
            'warning',
            pointer,
            given.at,
            message,
            `put it in quotes, or set ${key.path} to what it describes: ${key.description}`,
          );
        }
        return given.text;
      default:
        return naturalValue(given);
    }
  }

  function anything(given: Node, pointer: string): unknown {
    if (given.kind === 'scalar') return naturalValue(given);
    if (given.kind === 'sequence') {
      return given.items.map((item, i) => {
        const at = childPointer(pointer, i);
        places.set(at, { value: item.at });
        return anything(item, at);
      });
    }
    return mapping(given, pointer, (name, child, at) => {
      if (!forbidden.has(name)) return anything(child, at);
      const place = places.get(at)?.key ?? child.at;
      report('config/forbidden-key', 'error', at, place, `"${name}" can't be a key`, 'remove it');
      return undefined;
    });
  }

  function mapping(
    given: Extract<Node, { kind: 'mapping' }>,
    pointer: string,
    read: (name: string, child: Node, at: string) => unknown,
  ): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    for (const [name, entry] of given.entries) {
      const at = childPointer(pointer, name);
      places.set(at, { key: entry.at, value: entry.value.at });
      const read_ = read(name, entry.value, at);
      if (read_ !== undefined) object[name] = read_;
    }
    return object;
  }

  places.set('', { value: node.at });
  return { value: section(node, root, ''), places, findings };
}

/** The text of an environment variable as the type `key` asks for; the text itself where it is no such thing. */
export function interpretText(text: string, key: Key): unknown {
  switch (key.type) {
    case 'boolean':
      return parseBool(text) ?? text;
    case 'port':
    case 'integer':
    case 'quotableInteger':
      return /^[-+]?\d+$/.test(text) ? Number(text) : text;
    case 'texts':
      return text.split(',').map((part) => part.trim());
    default:
      return text;
  }
}
