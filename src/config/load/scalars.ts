/** What a scalar means, as gopkg.in/yaml.v3 (resolve.go, decode.go) reads it for the Go server. */
import type { Scalar } from './yaml.ts';

const truths = new Set(['true', 'True', 'TRUE']);
const lies = new Set(['false', 'False', 'FALSE']);
/** Only where a boolean is wanted, and there in quotes too. */
const oldTruths = new Set(['y', 'Y', 'yes', 'on']);
const oldLies = new Set(['n', 'N', 'no', 'off']);
const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);

export function isNull(scalar: Scalar): boolean {
  return scalar.plain && nulls.has(scalar.text);
}

/** The boolean a scalar stands for where one is wanted. */
export function booleanOf(scalar: Scalar): boolean | undefined {
  if (scalar.plain && truths.has(scalar.text)) return true;
  if (scalar.plain && lies.has(scalar.text)) return false;
  if (oldTruths.has(scalar.text)) return true;
  if (oldLies.has(scalar.text)) return false;
  return undefined;
}

/** A plain number: `10`, `0x1f`, `0o17`, `017`, `1_000`, `1.5`, `1e3`. */
export function numberOf(scalar: Scalar): number | undefined {
  if (!scalar.plain || !/^[-+.0-9]/.test(scalar.text)) return undefined;
  const text = scalar.text.replaceAll('_', '');
  const [, sign, digits = ''] = text.match(/^([-+]?)(.*)$/) ?? [];
  if (/^(0x[0-9a-f]+|0b[01]+|0o[0-7]+)$/i.test(digits))
    return Number(digits.toLowerCase()) * (sign === '-' ? -1 : 1);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8) * (sign === '-' ? -1 : 1);
  if (/^(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i.test(digits)) return Number(text);
  return undefined;
}

/** What a scalar is where any value may stand. */
export function naturalValue(scalar: Scalar): string | number | boolean | null {
  if (isNull(scalar)) return null;
  if (scalar.plain && truths.has(scalar.text)) return true;
  if (scalar.plain && lies.has(scalar.text)) return false;
  return numberOf(scalar) ?? scalar.text;
}

/** As Go's strconv.ParseBool reads environment variables. */
export function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', ...truths].includes(text)) return true;
  if (['0', 'f', 'F', ...lies].includes(text)) return false;
  return undefined;
}
