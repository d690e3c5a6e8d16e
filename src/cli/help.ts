/** How --help is laid out: what it does, how it is called, and what comes next first; what all commands share last. */
import type { Command, Help } from 'commander';

/** The heading of options that every command takes. */
export const globalOptions = 'Global options:';

/** The whole help text of `command`, for commander's `configureHelp`. */
export function formatHelp(command: Command, helper: Help): string {
  const width = helper.padWidth(command, helper);
  const section = (heading: string, rows: [term: string, description: string][]): string[] =>
    rows.length === 0
      ? []
      : [heading, ...rows.map(([term, text]) => helper.formatItem(term, width, text, helper)), ''];
  const options = helper.visibleOptions(command);
  const optionRows = (shared: boolean) =>
    options
      .filter((option) => (option.helpGroupHeading === globalOptions) === shared)
      .map((option): [string, string] => [helper.optionTerm(option), helper.optionDescription(option)]);
  return [
    helper.boxWrap(helper.commandDescription(command), helper.helpWidth ?? 80),
    '',
    `Usage: ${helper.commandUsage(command)}`,
    '',
    ...section(
      'Commands:',
      helper
        .visibleCommands(command)
        .map((sub) => [helper.subcommandTerm(sub), helper.subcommandDescription(sub)]),
    ),
    ...section(
      'Arguments:',
      helper
        .visibleArguments(command)
        .map((argument) => [helper.argumentTerm(argument), helper.argumentDescription(argument)]),
    ),
    ...section('Options:', optionRows(false)),
    ...section(globalOptions, optionRows(true)),
  ].join('\n');
}

/** A command in its parent's list: its name and arguments; that it takes options goes without saying. */
export function subcommandTerm(command: Command): string {
  const names = [command.name(), ...command.aliases()].join(', ');
  return [names, ...command.registeredArguments.map((argument) => argumentTerm(argument))].join(' ');
}

function argumentTerm(argument: { name(): string; required: boolean; variadic: boolean }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? name : `[${name}]`;
}
