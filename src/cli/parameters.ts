/** Arguments and options of a command, with the type each parses to. */

import { parseDuration } from '../core/duration.ts';
import { failure } from '../core/errors.ts';

interface Base {
  summary: string;
  /** Set by the builders; the type of the parsed value. */
  readonly value?: unknown;
}

export interface Argument<T = unknown> extends Base {
  kind: 'argument';
  /** As it stands in the usage line: `ROOM`. */
  name: string;
  required: boolean;
  many: boolean;
  choices?: readonly string[];
  readonly value?: T;
}

export interface Option<T = unknown> extends Base {
  kind: 'option';
  /** As commander takes it: `-t, --ttl <duration>`. */
  flags: string;
  many: boolean;
  fallback?: unknown;
  /** What --help says of the default, when the value alone says too little. */
  fallbackText?: string;
  choices?: readonly string[];
  hidden?: boolean;
  /** Reads one occurrence. `raw` is `true` for a flag that stands alone. */
  parse?(raw: string): unknown;
  readonly value?: T;
}

export type Parameters = Record<string, Argument | Option>;
export type InputOf<P extends Parameters> = { [K in keyof P]: P[K] extends { value?: infer T } ? T : never };

/** `ROOM`, which must be given. */
export function argument(name: string, summary: string): Argument<string> & { value: string } {
  return { kind: 'argument', name, summary, required: true, many: false } as never;
}
/** `SHELL`, which must be one of a few words. */
export function choiceArgument<const T extends readonly string[]>(
  name: string,
  summary: string,
  choices: T,
): Argument<T[number]> & { value: T[number] } {
  return { kind: 'argument', name, summary, required: true, many: false, choices } as never;
}
/** `[FILE]`. */
export function optionalArgument(name: string, summary: string): Argument<string | undefined> {
  return { kind: 'argument', name, summary, required: false, many: false };
}
/** `FILE...`, the last argument. @param required at least one */
export function manyArguments(
  name: string,
  summary: string,
  required = true,
): Argument<string[]> & { value: string[] } {
  return { kind: 'argument', name, summary, required, many: true } as never;
}

type Extra = Partial<Pick<Option, 'hidden' | 'fallbackText'>>;

/** `--name <text>`. */
export function text(flags: string, summary: string, extra?: Extra): Option<string | undefined> {
  return { kind: 'option', flags, summary, many: false, ...extra };
}
/** `--name <text>`, as often as wanted, and each may hold several between commas. */
export function texts(
  flags: string,
  summary: string,
  extra?: Extra & { commas?: boolean },
): Option<string[]> & { value: string[] } {
  const { commas = true, ...rest } = extra ?? {};
  const parse = (raw: string) =>
    commas
      ? raw
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : [raw];
  return { kind: 'option', flags, summary, many: true, parse, ...rest } as never;
}
/** `--name`: on or off. */
export function flag(flags: string, summary: string, extra?: Extra): Option<boolean> & { value: boolean } {
  return { kind: 'option', flags, summary, many: false, fallback: false, ...extra } as never;
}
/** `--name[=true|false]`: on, off, or not said. */
export function toggle(flags: string, summary: string): Option<boolean | undefined> {
  const parse = (raw: string) => {
    if (raw === 'true') return true;
    if (raw === 'false') return false;
    throw invalid(flags, raw, 'true or false');
  };
  return { kind: 'option', flags: `${flags} [true|false]`, summary, many: false, parse };
}
/** `--name <n>`: a whole number within bounds. */
export function integer(
  flags: string,
  summary: string,
  bounds: { min?: number; max?: number } = {},
): Option<number | undefined> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  const parse = (raw: string) => {
    const value = Number(raw);
    if (!/^-?\d+$/.test(raw) || value < min || value > max) {
      throw invalid(
        flags,
        raw,
        max === Number.MAX_SAFE_INTEGER
          ? `a whole number from ${min}`
          : `a whole number from ${min} to ${max}`,
      );
    }
    return value;
  };
  return { kind: 'option', flags, summary, many: false, parse };
}
/** `--name <duration>`: milliseconds, from `90s`, `10m`, `1h30m`. */
export function duration(flags: string, summary: string, extra?: Extra): Option<number | undefined> {
  const parse = (raw: string) => {
    const ms = parseDuration(raw);
    if (ms === undefined) throw invalid(flags, raw, 'a duration with a unit, such as 90s, 10m or 1h30m');
    return ms;
  };
  return { kind: 'option', flags, summary, many: false, parse, ...extra };
}
/** `--name <choice>`: one of a few words. */
export function choice<const T extends readonly string[]>(
  flags: string,
  summary: string,
  choices: T,
): Option<T[number] | undefined> {
  return { kind: 'option', flags, summary, many: false, choices };
}

/** `--fail-on`, the same wherever findings decide the exit status. */
export const failOn = choice(
  '--fail-on <severity>',
  'exit with 1 when a finding is this bad or worse (default: error)',
  ['error', 'warning', 'info', 'never'],
);

function invalid(flags: string, raw: string, expected: string) {
  const name = flags.match(/--[\w-]+/)?.[0] ?? flags;
  return failure('usage/invalid', {
    problem: `${name}: "${raw}" is not ${expected}`,
    hint: `give ${expected}`,
  });
}
