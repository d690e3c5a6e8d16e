/** What reading the file and holding it against the schema can find (load/yaml.ts, load/interpret.ts, load/check.ts). */
import type { ConfigRuleInfo } from './rule.ts';

const error = (id: string, title: string, why: string, fix: string): ConfigRuleInfo => ({
  id: `config/${id}`,
  title,
  severity: 'error',
  why,
  fix,
});
const warning = (...info: Parameters<typeof error>): ConfigRuleInfo => ({
  ...error(...info),
  severity: 'warning',
});

export const shapeRules: readonly ConfigRuleInfo[] = [
  error(
    'yaml-syntax',
    'The file is YAML',
    'Nothing in a file that is not YAML is read; the server ends',
    'correct the place that the message names; indentation is made of spaces',
  ),
  warning(
    'empty',
    'The file says something',
    'Everything is left to defaults and the environment',
    'bedrud init writes a file that works',
  ),
  warning(
    'several-documents',
    'The file is one document',
    'Only what stands before the line --- is read',
    'remove the rest, or merge it into the first document',
  ),
  error(
    'duplicate-key',
    'No key stands twice',
    'Which of the two is meant is a guess; the Go server ends',
    'keep one of the two',
  ),
  error(
    'forbidden-key',
    'No key has a name that JavaScript reserves',
    '__proto__, constructor and prototype mean nothing to LiveKit',
    'remove it',
  ),
  error(
    'unknown-key',
    'Every key is known',
    'The Go server skips unknown keys in silence, so that a slip of the finger leaves the default in force',
    'correct the name, or move the key to the section it belongs to',
  ),
  error(
    'wrong-type',
    'Values have the type of their key',
    'The Go server ends with `cannot unmarshal`, or reads something else than was meant',
    'write what the message expects; texts that look like booleans in quotes',
  ),
  error(
    'unknown-value',
    'Values are among those their key knows',
    'The setting has no effect, or ends the server',
    'write one of the values that the message lists',
  ),
  error(
    'out-of-range',
    'Numbers are within the bounds of their key',
    'No such port or amount exists',
    'write a number within the bounds that the message names',
  ),
  error(
    'malformed',
    'Values have the form of their key',
    'The value cannot be used',
    'write it as the message shows',
  ),
  warning(
    'quoted-integer',
    'Numbers stand without quotes',
    'The Go server takes a number in quotes for these keys only, and warns of each',
    'remove the quotes',
  ),
];
