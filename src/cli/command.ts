/**
 * How a command is declared: one object, which the adapter in {@link ./program.ts} hands to the parser. `run`
 * returns what it found; it never prints a result and never ends the process.
 */
import type { Finding, Severity } from '../core/finding.ts';
import type { RuleInfo } from '../core/rule-info.ts';
import type { Style } from '../report/text/style.ts';
import type { Context } from './context.ts';
import type { InputOf, Parameters } from './parameters.ts';

export type Format = 'text' | 'json' | 'sarif' | 'junit' | 'github' | 'markdown';

export interface Example {
  /** A whole command line, `bedrud room kick standup ana`. */
  run: string;
  does: string;
}

/** What a command hands back; the adapter prints it in the format asked for and derives the exit status. */
export interface Outcome {
  /** The JSON document. Absent: `{ findings }`. */
  data?: unknown;
  /** What stdout gets in text or markdown. Absent: the findings as a report. `width` is the terminal's. */
  text?: string | ((style: Style, width: number) => string);
  /** Beside `text` they go to stderr; without it they are the report. */
  findings?: Finding[];
  /** What was looked at, in order: files or check ids. JUnit lists each, the good ones too. */
  subjects?: string[];
  /** The texts of the files that findings point into, by name, for the excerpts in a report. */
  sources?: ReadonlyMap<string, string>;
  /** What is known of the rules behind the findings, for formats that say it. */
  rules?: readonly RuleInfo[];
  /** Findings at or above this make the exit status 1. Default `error`. */
  failOn?: Severity | 'never';
  /** Lines for stdout as they come, in any format; for output that is long or has no end. */
  lines?: AsyncIterable<string> | ((style: Style, width: number) => AsyncIterable<string>);
  /** Overrides the exit status that follows from the findings, and that of lines which were interrupted. */
  status?: number | undefined;
}

export interface Command<P extends Parameters = Parameters> {
  /** As it is typed, noun first: `room kick`. */
  path: string;
  aliases?: readonly string[];
  summary: string;
  /** More for `--help`, in paragraphs. */
  description?: string;
  /** Arguments, in order, and options, by the name `run` reads them by. */
  parameters?: P;
  examples: readonly Example[];
  /** The formats it can answer in; default text and json. */
  formats?: readonly Format[];
  /** It ends by itself when the host is interrupted: it has something to clean up. */
  drains?: boolean;
  run(input: InputOf<P>, context: Context): Promise<Outcome> | Outcome;
}

/** Formats of commands whose result is findings. */
export const findingFormats = ['text', 'json', 'sarif', 'junit', 'github'] as const satisfies Format[];

/** Declares a command; the parameters' types flow into `run`'s input. */
export function defineCommand<const P extends Parameters>(command: Command<P>): Command {
  // The registry holds commands of all shapes; `run` is only ever called with input parsed by the same parameters.
  return command as unknown as Command;
}

/** A command whose file is loaded only when it is asked for; for nouns whose verbs have little in common. */
export interface LazyCommand {
  /** The command's own. */
  path: string;
  load(): Promise<Command>;
}

/** A noun and its verbs, as a file in commands/ exports it. */
export interface CommandGroup {
  summary: string;
  commands: readonly (Command | LazyCommand)[];
}

/** The command itself, loaded where it isn't yet. */
export async function loadCommand(command: Command | LazyCommand): Promise<Command> {
  return 'load' in command ? command.load() : command;
}

/** What the registry says of a noun before its file is loaded. */
export interface Noun {
  summary: string;
  aliases?: readonly string[];
  load(): Promise<CommandGroup>;
}
export type Registry = Readonly<Record<string, Noun>>;
