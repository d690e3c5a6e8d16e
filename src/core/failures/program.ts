/** What every command can meet: its command line, its input and its output. */
import type { Entry } from './entry.ts';

export const programFailures = {
  'usage/invalid': { exit: 2, http: 400, message: '{problem}', hint: '{hint}' },
  'usage/confirmation-needed': {
    exit: 2,
    http: 400,
    message: '{action} needs a confirmation, and there is no terminal to ask on',
    hint: 'add --yes to go ahead without being asked',
  },
  'input/no-yaml': {
    exit: 3,
    http: 500,
    message: '{folder}: holds no .yaml or .yml file',
    hint: 'name a file, or the folder that the files are in: folders inside of it are not looked into',
  },
  'input/not-found': { exit: 3, http: 500, message: '{file}: no such file', hint: 'check the path' },
  'input/unreadable': { exit: 3, http: 500, message: '{file}: cannot be read: {reason}', hint: '{hint}' },
  'input/not-a-file': {
    exit: 3,
    http: 500,
    message: '{file}: is a {kind}, not a regular file',
    hint: 'name a regular file',
  },
  'input/too-large': {
    exit: 3,
    http: 500,
    message: '{file}: larger than {limit}, which no configuration file is',
    hint: 'check that this is the file you meant',
  },
  'input/not-utf8': {
    exit: 3,
    http: 500,
    message: '{file}:{line}: not valid UTF-8 (byte {offset})',
    hint: 'save the file as UTF-8',
  },
  'init/exists': {
    exit: 3,
    http: 500,
    message: '{file} is there already',
    hint: 'keep it, or add --force: the old one stays beside the new one',
  },
  'output/unwritable': { exit: 3, http: 500, message: '{file}: cannot be written: {reason}', hint: '{hint}' },
  'output/changed': {
    exit: 3,
    http: 500,
    message: '{file}: somebody has changed it meanwhile: nothing was written',
    hint: 'run it again, to see what is left to do',
  },
  'input/bad-line': { exit: 3, http: 400, message: '{file}:{line}: {problem}', hint: '{hint}' },
  'bug/unexpected': {
    exit: 70,
    http: 500,
    message: 'bedrud itself failed: {reason}',
    hint: 'this is a bug: run again with -v and report what it prints',
  },
} as const satisfies Record<string, Entry>;
