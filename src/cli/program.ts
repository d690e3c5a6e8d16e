/** The adapter: hands command objects to commander and gets parsed input back. The only file that knows commander. */
import {
  Command as Commander,
  Argument as CommanderArgument,
  CommanderError,
  Option as CommanderOption,
} from 'commander';
import { type Failure, failure } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import type { Command, Format, Registry } from './command.ts';
import { findingFormats, loadCommand } from './command.ts';
import type { Globals } from './context.ts';
import { globals, isGlobal, takesNextWord } from './globals.ts';
import { formatHelp, globalOptions, subcommandTerm } from './help.ts';
import type { Argument, Option } from './parameters.ts';

/** What the user asked for: a command with its input, or words to print. */
export type Request =
  | { kind: 'run'; command: Command; input: Record<string, unknown>; globals: Globals }
  | { kind: 'help'; text: string };

/**
 * Parses `argv`. Only the file of the noun that stands in it is loaded, and where its verbs are lazy, of that verb.
 * @throws Failure `usage/invalid`
 */
export async function parse(argv: readonly string[], registry: Registry, version: string): Promise<Request> {
  const output: string[] = [];
  let request: Request | undefined;
  const configure = (commander: Commander): Commander =>
    commander
      .exitOverride()
      .configureOutput({ writeOut: (text) => output.push(text), writeErr: (text) => output.push(text) })
      .configureHelp({ formatHelp, subcommandTerm })
      .addHelpOption(new CommanderOption('-h, --help', 'show this').helpGroup(globalOptions))
      .showSuggestionAfterError(true)
      .helpCommand(false);

  const program = configure(new Commander('bedrud'))
    // Without it a noun would take the options that stand behind its verb.
    .enablePositionalOptions()
    .description('Runs, checks and operates a Bedrud meeting server and its LiveKit SFU.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nbedrud COMMAND --help says more of each.');
  const { noun, words } = await nounFirst(argv, registry);
  let called = noun;
  // All nouns are for help, which lists them; making them takes as long as parsing.
  const nouns = Object.entries(registry).filter(([name]) => noun === undefined || name === noun);
  for (const [name, entry] of nouns) {
    const node = configure(program.command(name))
      .summary(entry.summary)
      .aliases([...(entry.aliases ?? [])]);
    if (name !== noun) {
      node.description(entry.summary);
      continue;
    }
    const group = await entry.load();
    node.description(group.summary).enablePositionalOptions();
    const verbOf = ({ path }: { path: string }) => path.slice(name.length).trim();
    // Anything but a verb as it is spelled needs them all: for help, for an alias, for a suggestion.
    const asked = group.commands.filter((command) => verbOf(command) === words[1]);
    called = asked[0]?.path ?? name;
    for (const entry of asked.length > 0 ? asked : group.commands) {
      const verb = verbOf(entry);
      const target = verb === '' ? node : configure(node.command(verb));
      const command = await loadCommand(entry);
      declare(target, command, (input, given) => {
        request = { kind: 'run', command, input, globals: given };
      });
    }
    if (group.commands.every((command) => command.path !== name)) addGlobals(node, findingFormats);
  }
  if (noun === undefined) addGlobals(program, findingFormats);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help')
      return { kind: 'help', text: output.join('') };
    throw usageFailure(error.message, called);
  }
  return request ?? { kind: 'help', text: output.join('') };
}

/**
 * The noun that `argv` names, its first word that isn't an option, and `argv` with the options that stood before
 * the noun or its verb moved behind the rest: commander takes an option only after the command it belongs to.
 * @throws Failure `usage/invalid` when the word is no command
 */
async function nounFirst(
  argv: readonly string[],
  registry: Registry,
): Promise<{ noun: string | undefined; words: string[] }> {
  const names = new Map<string, string>();
  for (const [name, entry] of Object.entries(registry)) {
    for (const word of [name, ...(entry.aliases ?? [])]) names.set(word, name);
  }
  const at = behindOptions(argv, 0);
  const word = argv[at];
  if (word === undefined) return { noun: undefined, words: [...argv] };
  const noun = names.get(word);
  if (noun === undefined) throw await noSuchCommand(word, names.keys(), registry);
  const verb = behindOptions(argv, at + 1, isGlobal);
  const rest = argv.slice(verb);
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const moved = [...argv.slice(0, at), ...argv.slice(at + 1, verb)];
  return { noun, words: [noun, ...rest.slice(0, end), ...moved, ...rest.slice(end)] };
}

/** The index of the first word from `start` on that isn't such an option. */
function behindOptions(
  argv: readonly string[],
  start: number,
  isOption: (word: string) => boolean = (word) => word.startsWith('-'),
): number {
  let at = start;
  while (at < argv.length && isOption(argv[at] ?? '')) at += takesNextWord(argv[at] ?? '') ? 2 : 1;
  return Math.min(at, argv.length);
}

/** It may be a verb whose noun was left out, `lint` for `livekit lint`, or a slip. */
async function noSuchCommand(word: string, nouns: Iterable<string>, registry: Registry): Promise<Failure> {
  const groups = await Promise.all(Object.values(registry).map((noun) => noun.load()));
  const paths = groups.flatMap(({ commands }) => commands.map(({ path }) => path));
  const meant = paths.filter((path) => path.endsWith(` ${word}`));
  const near = meant.length > 0 ? meant : [suggest(word, nouns) ?? []].flat();
  const question = near.map((path) => `bedrud ${path}`).join(' or ');
  return failure('usage/invalid', {
    problem: `there is no command "${word}"`,
    hint: question === '' ? 'bedrud --help lists the commands' : `did you mean ${question}?`,
  });
}

function declare(
  target: Commander,
  command: Command,
  chosen: (input: Record<string, unknown>, globals: Globals) => void,
): void {
  const parameters = Object.entries(command.parameters ?? {});
  target.summary(command.summary).description(command.description ?? command.summary);
  if (command.aliases && command.path.includes(' ')) target.aliases([...command.aliases]);
  for (const [, parameter] of parameters) {
    if (parameter.kind === 'argument') target.addArgument(commanderArgument(parameter));
  }
  const attributes = new Map<string, string>();
  for (const [name, parameter] of parameters) {
    if (parameter.kind !== 'option') continue;
    const option = commanderOption(parameter);
    attributes.set(name, option.attributeName());
    target.addOption(option);
  }
  addGlobals(target, command.formats ?? ['text', 'json']);
  target.addHelpText('after', examples(command));
  target.action((...given: unknown[]) => {
    const options = givenOptions(target);
    const input: Record<string, unknown> = {};
    let position = 0;
    for (const [name, parameter] of parameters) {
      if (parameter.kind === 'argument') input[name] = given[position++];
      else input[name] = options[attributes.get(name) ?? ''] ?? (parameter.many ? [] : parameter.fallback);
    }
    const general = globalsOf(options);
    const formats = command.formats ?? ['text', 'json'];
    // --format was held against this list by commander; --json, its short form, was not.
    if (!formats.includes(general.format)) {
      throw failure('usage/invalid', {
        problem: `bedrud ${command.path} does not answer in ${general.format}`,
        hint: `it answers in ${formats.join(', ')}`,
      });
    }
    chosen(input, general);
  });
}

/** The options of a command, and those that stood between its noun and its verb. */
function givenOptions(target: Commander): Record<string, unknown> {
  const options: Record<string, unknown> = { ...target.opts() };
  const noun = target.parent;
  for (const [name, value] of Object.entries(noun?.opts() ?? {})) {
    const behind = target.getOptionValueSource(name) === 'cli';
    if (!behind && noun?.getOptionValueSource(name) === 'cli') options[name] = value;
  }
  return options;
}

function commanderArgument(argument: Argument): CommanderArgument {
  const name = `${argument.name}${argument.many ? '...' : ''}`;
  const made = new CommanderArgument(argument.required ? `<${name}>` : `[${name}]`, argument.summary);
  return argument.choices ? made.choices([...argument.choices]) : made;
}

function commanderOption(option: Option): CommanderOption {
  const made = new CommanderOption(option.flags, option.summary);
  if (option.choices) made.choices([...option.choices]);
  if (option.hidden) made.hideHelp();
  if (option.fallbackText !== undefined) made.default(option.fallback, option.fallbackText);
  const { parse } = option;
  if (option.many) {
    made.argParser((raw: string, previous: unknown[] = []) => [
      ...previous,
      ...((parse?.(raw) as unknown[]) ?? [raw]),
    ]);
  } else if (parse) {
    if (made.optional) made.preset('true');
    made.argParser(parse);
  }
  return made;
}

function addGlobals(target: Commander, formats: readonly Format[]): Commander {
  for (const { flags, summary } of globals) {
    const option = new CommanderOption(flags, summary).helpGroup(globalOptions);
    target.addOption(option.long === '--format' ? option.choices([...formats]) : option);
  }
  return target;
}

function globalsOf(options: Record<string, unknown>): Globals {
  const config = options['config'];
  return {
    ...(typeof config === 'string' ? { config } : {}),
    format: options['json'] ? 'json' : ((options['format'] as Format | undefined) ?? 'text'),
    quiet: options['quiet'] === true,
    verbose: options['verbose'] === true,
    color: options['color'] !== false,
  };
}

function examples(command: Command): string {
  const rows = command.examples.map(({ run, does }) => `  # ${does}\n  ${run}`);
  return rows.length === 0 ? '' : `\nExamples:\n${rows.join('\n')}`;
}

/** @param called the command, as far as it is known */
function usageFailure(message: string, called: string | undefined): Error {
  const problem = message.replace(/^error: /, '').trim();
  const [what = '', ...more] = problem.split('\n');
  const suggestion = more.join(' ').match(/\(Did you mean (.+)\?\)/)?.[1];
  const help = `bedrud ${called ? `${called} ` : ''}--help`;
  return failure('usage/invalid', {
    problem: what,
    hint: suggestion
      ? `did you mean ${suggestion}? ${help} lists what there is`
      : `${help} lists what there is`,
  });
}
