/** What a scalar means to the Go server, by the type of the field that takes it. */
import { scalarValue } from '../../livekit/yaml/scalar-values.ts';
import type { Scalar } from './yaml.ts';

export function isNull({ resolved }: Scalar): boolean {
  return resolved.tag === '!!null';
}

/** The boolean a scalar stands for where one is wanted: `yes` and `on` too, in quotes as well. */
export function booleanOf({ resolved, text }: Scalar): boolean | undefined {
  const value = scalarValue('bool', resolved, text);
  return typeof value === 'boolean' ? value : undefined;
}

/** A number without quotes: `10`, `0x1f`, `0o17`, `017`, `1_000`, `1.5`, `1e3`. */
export function numberOf({ resolved }: Scalar): number | undefined {
  const value = 'value' in resolved ? resolved.value : undefined;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

/** What a scalar is where any value may stand. */
export function naturalValue(scalar: Scalar): string | number | boolean | null {
  const { resolved, text } = scalar;
  if (isNull(scalar)) return null;
  if ('value' in resolved && typeof resolved.value === 'boolean') return resolved.value;
  return numberOf(scalar) ?? text;
}

/** As Go's strconv.ParseBool reads environment variables. */
export function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'True', 'TRUE'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(text)) return false;
  return undefined;
}
