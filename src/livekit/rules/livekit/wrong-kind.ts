import type { DecodeError } from '../../yaml/index.ts';
import { docs, type Rule } from '../rule.ts';

const wanted: Record<string, string> = {
  bool: 'true or false, without quotes',
  'time.Duration': 'a duration with a unit, such as 10s or 5m (days have none: 24h)',
  string: 'text',
};

export const wrongKind: Rule = {
  id: 'livekit/wrong-kind',
  title: 'Every value is of the kind that its key takes',
  severity: 'error',
  why: 'the server prints "cannot unmarshal …" and ends: a number in quotes is text to it, a bare number is no duration',
  fix: 'write the value in the kind that the key takes',
  docs: docs.sample,
  *run(facts) {
    for (const error of facts.errors) {
      if (error.why !== 'kind') continue;
      const path = error.path.join('.');
      yield {
        at: path,
        node: error.node,
        message: `${path === '' ? 'the file' : path} can't be this: the server prints "${plain(error.message)}"`,
        hint: `write ${expectation(error)}`,
      };
    }
  },
};

function expectation(error: DecodeError): string {
  const { type, node, path } = error;
  if (type === undefined) return 'another kind of value';
  if (path.length === 1 && path[0] === 'keys' && node.kind === 'scalar' && node.value.includes(':')) {
    return 'a space between the key and its secret: `KEY: SECRET`';
  }
  if (type.kind === 'list') return `a list: \`[${node.kind === 'scalar' ? node.value : '…'}]\``;
  if (type.kind === 'map') return 'a mapping of names to values: `name: value`';
  if (type.kind === 'struct') return 'a mapping of keys to values, indented below';
  if (type.kind === 'custom') return `what protobuf's ${type.name} takes`;
  const range = type.scalar.match(/^(u?)int(\d*)$/);
  if (range === null) return wanted[type.name] ?? 'a number';
  const number =
    /^-?\d+(\.\d+)?$/.test(node.value) && node.style !== 'plain' ? `: ${node.value}, without quotes` : '';
  if (/^\d+s$/.test(node.value)) return `seconds as a bare number: ${node.value.slice(0, -1)}`;
  const bounds = range[1] === 'u' && range[2] !== '64' ? ` from 0 to ${2 ** Number(range[2]) - 1}` : '';
  return `a whole number${bounds}${number}`;
}

const plain = (message: string): string => message.replace(/^line \d+: /, '').split('\n')[0] ?? '';
