/**
 * Every way in which bedrud can fail, in one table that failures/ has by area: what the user reads, the exit status, and the
 * status the HTTP API answers. Codes are part of the contract: they are never reused, and docs/errors.md is made from here.
 */
import { apiFailures } from './failures/api.ts';
import { configurationFailures } from './failures/configuration.ts';
import type { Entry } from './failures/entry.ts';
import { programFailures } from './failures/program.ts';
import { recordingFailures } from './failures/recording.ts';
import { roomFailures } from './failures/room.ts';
import { sfuFailures } from './failures/sfu.ts';
import { storeFailures } from './failures/store.ts';
import { redact } from './redact.ts';

/** Exit statuses, as docs/errors.md lists them. A signal ends the program with 128 + its number. */
export const exitStatus = { ok: 0, findings: 1, usage: 2, environment: 3, bug: 70 } as const;

const table = {
  ...programFailures,
  ...configurationFailures,
  ...sfuFailures,
  ...storeFailures,
  ...apiFailures,
  ...roomFailures,
  ...recordingFailures,
};

export type ErrorCode = keyof typeof table;

/** The names between braces in a template. */
type Names<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Details<C extends ErrorCode> = Record<
  Names<(typeof table)[C]['message']> | Names<(typeof table)[C]['hint']>,
  string | number
>;

/** A failure from the table. Its message and hint hold no secret: both went through redaction. */
export class Failure extends Error {
  readonly code: ErrorCode;
  readonly exit: number;
  readonly http: number;
  readonly hint: string;

  constructor(code: ErrorCode, details: Record<string, string | number>, cause?: unknown) {
    const entry: Entry = table[code];
    super(redact(fill(entry.message, details)), cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.code = code;
    this.exit = entry.exit;
    this.http = entry.http;
    this.hint = redact(fill(entry.hint, details));
  }

  /** As `--format json` prints it and the HTTP API logs it. */
  toJSON(): { code: ErrorCode; message: string; hint: string } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/**
 * Makes the failure `code`; the caller throws it.
 * @param details a value for every `{name}` in the table's message and hint
 */
export function failure<C extends ErrorCode>(code: C, details: Details<C>, cause?: unknown): Failure {
  return new Failure(code, details, cause);
}

/** The table, for the reference page and its test. */
export function errorTable(): [ErrorCode, Entry][] {
  return Object.entries(table) as [ErrorCode, Entry][];
}

/** The `code` of a Node.js system error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an unknown thrown value says, in one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fill(template: string, details: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));
}
