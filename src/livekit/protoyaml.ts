/**
 * The values of `room.room_configurations`: protobuf messages, which livekit-server decodes with protoyaml. Names
 * are snake_case or lowerCamelCase, or numbers; unknown ones are refused, and so is what doesn't fit a field.
 */
import type { FieldOf } from './table.ts';
import { atLeast } from './versions.ts';
import { CustomError, type GoType, type YamlNode } from './yaml/index.ts';

interface Problem {
  node: YamlNode;
  why: CustomError['why'];
  text: string;
  owner?: string;
}

/** The type of a protobuf message in `version`. Reading yields nothing but problems: no rule looks inside. */
export function messageType(name: string, version: string, fieldOf: FieldOf): GoType {
  return {
    kind: 'custom',
    name,
    read(node) {
      const reader = new MessageReader(version, fieldOf);
      reader.message(node, name);
      const [first] = reader.problems;
      if (first === undefined) return {};
      const message = reader.problems
        .map((problem) => `${place(problem.node, node)} ${problem.text}`)
        .join('\n');
      throw new CustomError(message, first.node, first.why, first.owner);
    },
  };
}

/** protoyaml is handed the value alone, so that its lines and columns count from there. */
function place(node: YamlNode, root: YamlNode): string {
  const line = node.line - root.line + 1;
  return `:${line}:${line === 1 ? node.column - root.column + 1 : node.column}`;
}

class MessageReader {
  readonly problems: Problem[] = [];
  readonly #version: string;
  readonly #fieldOf: FieldOf;

  constructor(version: string, fieldOf: FieldOf) {
    this.#version = version;
    this.#fieldOf = fieldOf;
  }

  message(node: YamlNode, name: string): void {
    if (node.tag === '!!null') return;
    if (node.kind !== 'mapping') {
      this.#add(node, 'kind', `expected fields for ${name}, got ${node.kind}`);
      return;
    }
    const chosen = new Map<string, string>();
    for (let i = 0; i + 1 < node.content.length; i += 2) {
      const key = node.content[i] as YamlNode;
      const value = node.content[i + 1] as YamlNode;
      if (key.kind !== 'scalar') {
        this.#kind(key, 'scalar');
        continue;
      }
      const field = this.#fieldOf(name, key.value) ?? this.#fieldOf(name, snakeCase(key.value));
      if (field === undefined) {
        this.problems.push({
          node: key,
          why: 'unknown-key',
          text: `unknown field ${JSON.stringify(key.value)}`,
          owner: name,
        });
        continue;
      }
      // protoyaml learnt of oneofs between the releases that 1.7.2 and 1.8.4 have.
      const other = field.oneof === undefined ? undefined : chosen.get(field.oneof);
      if (other !== undefined && atLeast(this.#version, '1.8.0')) {
        this.#add(value, 'value', `field ${other} is already set for oneof ${field.oneof}`);
        continue;
      }
      if (field.oneof !== undefined) chosen.set(field.oneof, snakeCase(key.value));
      this.#value(value, field.type);
    }
  }

  #value(node: YamlNode, type: string): void {
    if (type.startsWith('[]')) {
      if (this.#kind(node, 'sequence')) for (const item of node.content) this.#value(item, type.slice(2));
    } else if (type.startsWith('map[string]')) {
      if (!this.#kind(node, 'mapping')) return;
      node.content.forEach((item, index) => {
        this.#value(item, index % 2 === 0 ? 'string' : type.slice('map[string]'.length));
      });
    } else if (type.startsWith('livekit.')) {
      this.message(node, type);
    } else if (this.#kind(node, 'scalar')) {
      this.#scalar(node, type);
    }
  }

  #scalar(node: YamlNode, type: string): void {
    const text = node.value;
    if (type === 'bool') {
      if (text !== 'true' && text !== 'false') {
        this.#add(node, 'kind', `expected bool, got ${JSON.stringify(text)}`);
      } else if (node.tag !== '!!bool') {
        this.#add(node, 'kind', `expected tag !!bool, got ${node.tag}`);
      }
    } else if (type.startsWith('enum:')) {
      const names = type.slice('enum:'.length).split(',');
      const number = names.includes(text) ? 0n : this.#integer(text, false);
      if (number === undefined || BigInt.asIntN(32, number) !== number) {
        const some = names.length > 7 ? [...names.slice(0, 7), '...'] : names;
        this.#add(
          node,
          'value',
          `unknown enum value ${JSON.stringify(text)}, expected one of [${some.join(' ')}]`,
        );
      }
    } else if (type === 'double' || type === 'float') {
      if (!isGoFloat(text)) this.#add(node, 'kind', `invalid float: ${JSON.stringify(text)}`);
    } else if (type !== 'string') {
      const bits = type.endsWith('32') ? 32 : 64;
      const number = type.startsWith('u') && text.startsWith('-') ? undefined : this.#integer(text, true);
      if (number === undefined) {
        this.#add(node, 'kind', `invalid integer: ${JSON.stringify(text)}`);
        return;
      }
      const fits = type.startsWith('u') ? BigInt.asUintN(bits, number) : BigInt.asIntN(bits, number);
      if (fits !== number) this.#add(node, 'value', `integer is out of range: ${text}`);
    }
  }

  /** @param units whether `10k` and `4Mi` are numbers, as they are since 1.9.0 */
  #integer(text: string, units: boolean): bigint | undefined {
    const [, sign, digits = ''] = text.match(/^(-?)(.*)$/s) ?? [];
    const magnitude = magnitudeOf(digits, units && atLeast(this.#version, '1.9.0'));
    return magnitude === undefined || sign === '' ? magnitude : -magnitude;
  }

  #kind(node: YamlNode, expected: YamlNode['kind']): boolean {
    if (node.kind === expected) return true;
    this.#add(node, 'kind', `expected ${expected}, got ${node.kind}`);
    return false;
  }

  #add(node: YamlNode, why: Problem['why'], text: string): void {
    this.problems.push({ node, why, text });
  }
}

function magnitudeOf(text: string, units: boolean): bigint | undefined {
  if (/^(\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(text)) {
    const value = BigInt(text);
    if (value < 2n ** 64n) return value;
  }
  if (isGoFloat(text)) {
    const value = Number(text.replaceAll('_', ''));
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  }
  const match = units ? text.match(/^(\d+(?:\.\d*)?|\.\d+)(k|[MGTPE]|[KMGTPE]i)$/) : null;
  if (!match) return undefined;
  const [, amount = '', unit = ''] = match;
  const power = 'kMGTPE'.indexOf(unit[0] === 'K' ? 'k' : (unit[0] ?? '')) + 1;
  const value = Math.trunc(Number(amount) * (unit.endsWith('i') ? 1024 : 1000) ** power);
  return value < 2 ** 64 ? BigInt(value) : undefined;
}

/** What strconv.ParseFloat takes (hexadecimal floats aside). */
function isGoFloat(text: string): boolean {
  if (/^[-+]?(inf|infinity|nan)$/i.test(text)) return true;
  const digits = '\\d+(_\\d+)*';
  const shape = new RegExp(`^[-+]?(${digits}(\\.(${digits})?)?|\\.${digits})([eE][-+]?${digits})?$`);
  return shape.test(text) && Number.isFinite(Number(text.replaceAll('_', '')));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
