/** Completion scripts for shells, written from the commands themselves. Pure: a tree of words in, a script out. */
import { loadCommand, type Registry } from './command.ts';
import { globals, longName } from './globals.ts';
import type { Argument, Option } from './parameters.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Word {
  word: string;
  summary: string;
}

/** What may follow one command line prefix: `room kick`, `room`, or the empty one. */
interface Node {
  path: string;
  words: Word[];
}

const everywhere: Word[] = [
  ...globals.map(({ flags, summary }) => ({ word: longName(flags), summary })),
  { word: '--help', summary: 'show help' },
];

/** The completion script of `shell` for all of `registry`; loads every command. */
export async function completionScript(shell: Shell, registry: Registry): Promise<string> {
  const nodes = await nodesOf(registry);
  return { bash, zsh, fish }[shell](nodes);
}

async function nodesOf(registry: Registry): Promise<Node[]> {
  const root: Node = { path: '', words: [] };
  const nodes = [root];
  for (const [noun, entry] of Object.entries(registry)) {
    root.words.push({ word: noun, summary: entry.summary });
    const verbs: Node = { path: noun, words: [] };
    for (const command of await Promise.all((await entry.load()).commands.map(loadCommand))) {
      const options = Object.values(command.parameters ?? {}).flatMap(wordsOf);
      if (command.path === noun) verbs.words.push(...options);
      else {
        verbs.words.push({ word: command.path.slice(noun.length + 1), summary: command.summary });
        nodes.push({ path: command.path, words: [...options, ...everywhere] });
      }
    }
    nodes.push({ ...verbs, words: [...verbs.words, ...everywhere] });
  }
  return nodes;
}

function wordsOf(parameter: Argument | Option): Word[] {
  const { summary } = parameter;
  if (parameter.kind === 'argument') return (parameter.choices ?? []).map((word) => ({ word, summary }));
  return parameter.hidden ? [] : [{ word: longName(parameter.flags), summary }];
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Words of the command line that aren't options, up to two, decide what is offered; files otherwise. */
function bash(nodes: Node[]): string {
  const cases = nodes.map(
    ({ path, words }) => `    ${quote(path)}) words=${quote(words.map(({ word }) => word).join(' '))} ;;`,
  );
  return `# bash completion for bedrud: eval "$(bedrud completion bash)"
_bedrud() {
  local path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && continue
    local longer="\${path:+$path }\${COMP_WORDS[i]}"
    case "$longer" in
      ${nodes.flatMap(({ path }) => (path === '' ? [] : [quote(path)])).join('|')}) path=$longer ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _bedrud bedrud
`;
}

function zsh(nodes: Node[]): string {
  const entry = ({ word, summary }: Word) => quote(`${word.replaceAll(':', '\\:')}:${summary}`);
  const cases = nodes.map(
    ({ path, words }) => `    ${quote(path)}) offers=(${words.map(entry).join(' ')}) ;;`,
  );
  return `#compdef bedrud
# zsh completion for bedrud: eval "$(bedrud completion zsh)"
_bedrud() {
  local place='' longer word
  local -a offers
  for word in \${words[2,CURRENT-1]}; do
    [[ $word == -* ]] && continue
    longer="\${place:+$place }$word"
    case "$longer" in
      ${nodes.flatMap(({ path }) => (path === '' ? [] : [quote(path)])).join('|')}) place=$longer ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'bedrud' offers || _files
}
compdef _bedrud bedrud
`;
}

function fish(nodes: Node[]): string {
  const rule = (path: string, { word, summary }: Word): string => {
    const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
    return `complete -c bedrud -n ${quote(`__bedrud_at ${path}`)} ${what} -d ${quote(summary)}`;
  };
  return `# fish completion for bedrud: bedrud completion fish | source
function __bedrud_at
  set -l given (string match -v -- '-*' (commandline -opc)[2..-1])
  test "$given[1..2]" = "$argv" -o "$given[1]" = "$argv" -a (count $argv) -le 1
end
${nodes.flatMap(({ path, words }) => words.map((word) => rule(path, word))).join('\n')}
`;
}
