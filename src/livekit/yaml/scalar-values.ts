/** A scalar into a Go value: which text fits which type, as decode.go of gopkg.in/yaml.v3 has it. */
import type { Resolved } from './resolve.ts';
import type { ScalarKind } from './types.ts';

/** What doesn't fit. */
export const misfit = Symbol('misfit');

const integers: Partial<Record<ScalarKind, { signed: boolean; bits: number }>> = {
  int: { signed: true, bits: 64 },
  int32: { signed: true, bits: 32 },
  int64: { signed: true, bits: 64 },
  uint8: { signed: false, bits: 8 },
  uint16: { signed: false, bits: 16 },
  uint32: { signed: false, bits: 32 },
  uint64: { signed: false, bits: 64 },
};
const booleanWords: Record<string, boolean> = {};
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']) booleanWords[word] = true;
for (const word of ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']) booleanWords[word] = false;

/**
 * `resolved` as a value of `kind`: strings, booleans and numbers as such, durations as milliseconds.
 * @param text as it stands in the file, which is what a string gets whatever it looks like
 */
export function scalarValue(
  kind: ScalarKind,
  resolved: Resolved,
  text: string,
): string | number | boolean | typeof misfit {
  const value = 'value' in resolved ? resolved.value : undefined;
  if (kind === 'string') return resolved.tag === '!!binary' && typeof value === 'string' ? value : text;
  if (kind === 'bool') {
    if (typeof value === 'boolean') return value;
    return typeof value === 'string' && Object.hasOwn(booleanWords, value)
      ? (booleanWords[value] ?? false)
      : misfit;
  }
  if (kind === 'duration') {
    const ms = typeof value === 'string' && resolved.tag !== '!!timestamp' ? goDuration(value) : undefined;
    return ms ?? misfit;
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return misfit;
  const integer = integers[kind];
  return integer ? fitInteger(value, integer) : Number(value);
}

/** Floats are cut off at the point; what doesn't fit 64 bits wraps to -2^63, as amd64 does it. */
function fitInteger(
  value: number | bigint,
  { signed, bits }: { signed: boolean; bits: number },
): number | typeof misfit {
  let whole: bigint;
  if (typeof value === 'bigint') {
    if (signed ? value >= 2n ** 63n : value < 0n) return misfit;
    whole = value;
  } else {
    if (!(value <= (signed ? 2 ** 63 : 2 ** 64))) return misfit;
    const wraps = value < -(2 ** 63) || (signed && value === 2 ** 63);
    whole = wraps ? -(2n ** 63n) : BigInt(Math.trunc(value));
    if (!signed) whole = BigInt.asUintN(64, whole);
  }
  const fits = signed ? BigInt.asIntN(bits, whole) === whole : BigInt.asUintN(bits, whole) === whole;
  return fits ? Number(whole) : misfit;
}

const durationUnits: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** `text` as time.ParseDuration reads it, in milliseconds; undefined where it isn't one. */
export function goDuration(text: string): number | undefined {
  const match = text.match(/^([-+]?)(.+)$/s);
  if (!match) return undefined;
  const [, sign, rest = ''] = match;
  if (rest === '0') return 0;
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (durationUnits[unit ?? ''] ?? 0);
  }
  // A duration is 64 bits of nanoseconds.
  if (total > 9_223_372_036_854.775) return undefined;
  return sign === '-' ? -total : total;
}
