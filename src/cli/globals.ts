/** The options that every command takes, wherever they stand on its line. */

interface GlobalOption {
  flags: string;
  summary: string;
}

export const globals: readonly GlobalOption[] = [
  { flags: '-c, --config <file>', summary: 'the configuration file' },
  { flags: '--format <format>', summary: 'how to answer' },
  { flags: '--json', summary: 'the same as --format json' },
  { flags: '-q, --quiet', summary: 'no notices on stderr' },
  { flags: '-v, --verbose', summary: 'say more on stderr' },
  { flags: '--no-color', summary: 'no colour' },
];

const spelled = (flags: string): string[] => flags.match(/(?<![\w<-])--?[\w-]+/g) ?? [];
const names = new Set(globals.flatMap(({ flags }) => spelled(flags)));
const withValue = new Set(
  globals.filter(({ flags }) => flags.endsWith('>')).flatMap(({ flags }) => spelled(flags)),
);

/** How a flag is written in full: `--config` of `-c, --config <file>`. */
export const longName = (flags: string): string => flags.match(/--[\w-]+/)?.[0] ?? flags;

/** Is `word` one of them: `-c`, `--config`, `--config=FILE`? */
export const isGlobal = (word: string): boolean => names.has(word.replace(/=.*/s, ''));

/** Is the word behind `word` its value? */
export const takesNextWord = (word: string): boolean => withValue.has(word);
