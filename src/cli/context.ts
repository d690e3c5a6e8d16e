/** What a command gets besides its input: streams for people, questions, the clock, and how to stop. */

import { failure } from '../core/errors.ts';
import { decodeUtf8 } from '../core/files.ts';
import { redact } from '../core/redact.ts';
import { makeStyle, type Style } from '../report/text/style.ts';
import type { Format, Registry } from './command.ts';
import { type Host, Interrupt } from './host.ts';

export interface Globals {
  config?: string;
  format: Format;
  quiet: boolean;
  verbose: boolean;
  /** False for --no-color. */
  color: boolean;
}

/** Work that takes long enough to say so. End it with one of the three. */
export interface Progress {
  update(text: string): void;
  succeed(text?: string): void;
  fail(text?: string): void;
  stop(): void;
}

/** Questions on a terminal. Each ends with an error when the user interrupts. */
export interface Questions {
  input(question: string, fallback?: string): Promise<string>;
  /** An answer that is not shown while it is typed. */
  secret(question: string): Promise<string>;
  choose<T>(question: string, choices: readonly { value: T; name: string }[]): Promise<T>;
}

export interface Context {
  readonly host: Host;
  readonly env: Host['env'];
  readonly cwd: string;
  readonly format: Format;
  readonly verbose: boolean;
  /** All commands, for the one that writes about them. */
  readonly registry: Registry;
  /** --config, as given. */
  readonly configFile: string | undefined;
  /** For stderr. */
  readonly style: Style;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** A line on stderr that -q silences. */
  notice(text: string): void;
  /** A line on stderr that says so even with -q. */
  warn(text: string): void;
  /** A line on stderr that only -v shows. */
  debug(text: string): void;
  /** A spinner on a terminal, plain lines elsewhere. */
  progress(text: string): Promise<Progress>;
  /**
   * Asks on a terminal; `yes` answers without asking.
   * @throws Failure `usage/confirmation-needed` where there is no terminal and `yes` is false
   */
  confirm(action: string, yes: boolean): Promise<boolean>;
  /** Undefined where there is no terminal to ask on. */
  questions(): Promise<Questions | undefined>;
  /** All of stdin. @throws Failure `input/too-large`, `input/not-utf8` */
  readStdin(): Promise<string>;
}

const stdinLimit = 64 * 1024 * 1024;

export function makeContext(host: Host, globals: Globals, registry: Registry): Context {
  const colour = wantsColour(host, host.stderr, globals.color);
  const style = makeStyle(colour);
  const line = (text: string) => host.stderr.write(`${redact(text)}\n`);
  return {
    host,
    env: host.env,
    cwd: host.cwd,
    format: globals.format,
    verbose: globals.verbose,
    registry,
    configFile: globals.config,
    style,
    signal: host.interrupted,
    notice: (text) => {
      if (!globals.quiet) line(text);
    },
    warn: (text) => line(`${style.warning('warning')} ${text}`),
    debug: (text) => {
      if (globals.verbose) line(style.dim(text));
    },
    async progress(text) {
      if (globals.quiet || !host.stderr.isTTY || host.env['CI'])
        return plainProgress(text, globals.quiet ? () => {} : line);
      const { default: ora } = await import('ora');
      // ora writes to a TTY stream; the host's stderr is one here.
      const spinner = ora({
        text: redact(text),
        stream: host.stderr as NodeJS.WriteStream,
        discardStdin: false,
      }).start();
      return {
        update: (next) => {
          spinner.text = redact(next);
        },
        succeed: (last) => void spinner.succeed(last === undefined ? undefined : redact(last)),
        fail: (last) => void spinner.fail(last === undefined ? undefined : redact(last)),
        stop: () => void spinner.stop(),
      };
    },
    async confirm(action, yes) {
      if (yes) return true;
      const terminal = terminalOf(host);
      if (terminal === undefined) throw failure('usage/confirmation-needed', { action });
      const { confirm } = await import('@inquirer/prompts');
      return answered(confirm({ message: `${action}?`, default: false }, terminal));
    },
    async questions() {
      const terminal = terminalOf(host);
      if (terminal === undefined) return undefined;
      const { input, password, select } = await import('@inquirer/prompts');
      return {
        input: (message, fallback) => answered(input({ message, default: fallback }, terminal)),
        secret: (message) => answered(password({ message, mask: true }, terminal)),
        choose: (message, choices) => answered(select({ message, choices }, terminal)),
      };
    },
    async readStdin() {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of host.stdin) {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > stdinLimit) throw failure('input/too-large', { file: '-', limit: '64 MiB' });
        chunks.push(bytes);
      }
      return decodeUtf8(Buffer.concat(chunks), '-');
    },
  };
}

/** Where questions are asked, if there is anyone to ask. */
function terminalOf(host: Host) {
  if (!host.stdin.isTTY || !host.stderr.isTTY) return undefined;
  return {
    input: host.stdin as NodeJS.ReadableStream,
    output: host.stderr as NodeJS.WritableStream,
    signal: host.interrupted,
  };
}

/** While a question is open the terminal sends Ctrl-C as a key, which ends the question with an error. */
async function answered<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt;
  } catch (error) {
    throw error instanceof Error && error.name === 'ExitPromptError' ? new Interrupt('SIGINT') : error;
  }
}

/** Colour goes to terminals only; NO_COLOR and CI turn it off, FORCE_COLOR on. */
export function wantsColour(host: Host, stream: { isTTY?: boolean }, allowed: boolean): boolean {
  if (!allowed || host.env['NO_COLOR']) return false;
  if (host.env['FORCE_COLOR'] && host.env['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && !host.env['CI'] && host.env['TERM'] !== 'dumb';
}

function plainProgress(text: string, line: (text: string) => void): Progress {
  line(text);
  let last = text;
  const say = (next: string | undefined) => {
    if (next !== undefined && next !== last) line(next);
    last = next ?? last;
  };
  // Updates would flood a log; the beginning and the end say enough.
  return { update: () => {}, succeed: say, fail: say, stop: () => {} };
}
