/** `bedrud config …`: what the configuration says, and what is wrong with it. */
import { resolve } from 'node:path';
import { type CommandGroup, defineCommand, findingFormats } from '../cli/command.ts';
import { argument, failOn, flag, optionalArgument } from '../cli/parameters.ts';
import { keyOf, locate } from '../config/index.ts';
import { isSecret } from '../config/secrets.ts';
import { masked, show as showText } from '../config/show.ts';
import { failure } from '../core/errors.ts';
import { reaches } from '../core/finding.ts';
import { configOf } from './shared/config.ts';

const validate = defineCommand({
  path: 'config validate',
  summary: 'say what is wrong with a configuration, with line and column',
  description:
    'Holds the file, together with the environment, against the schema and the rules. Without FILE it is the one that serve would take.',
  parameters: {
    file: optionalArgument('FILE', 'the file; without it --config or the search order'),
    failOn,
  },
  examples: [
    { run: 'bedrud config validate', does: 'the configuration that serve would take' },
    { run: 'bedrud config validate config.yaml --fail-on warning', does: 'a file, strictly' },
    { run: 'bedrud config validate config.yaml --format github', does: 'annotations in a workflow' },
  ],
  formats: findingFormats,
  async run({ file, failOn: threshold = 'error' }, context) {
    const loaded = await configOf(file === undefined ? context : { ...context, configFile: file });
    const { findings } = loaded;
    const ok = !findings.some((finding) => reaches(finding, threshold));
    if (loaded.file === undefined) context.notice('there is no configuration file: bedrud init writes one');
    else if (findings.length === 0) context.notice(`${loaded.file} is valid`);
    return {
      data: { ok, findings },
      findings,
      failOn: threshold,
      subjects: loaded.file === undefined ? [] : [loaded.file],
      sources: new Map(loaded.file === undefined ? [] : [[loaded.file, loaded.source ?? '']]),
    };
  },
});

const show = defineCommand({
  path: 'config show',
  summary: 'print every value that applies, and where it came from',
  description: 'Secrets are masked. The output is YAML, with the origin of each value as a comment.',
  parameters: { changed: flag('--changed', 'only what differs from the defaults') },
  examples: [
    { run: 'bedrud config show', does: 'all of it' },
    { run: 'bedrud config show --changed', does: 'what the file and the environment set' },
  ],
  async run({ changed }, context) {
    const loaded = await configOf(context);
    const shown = showText(loaded, changed);
    return {
      data: { file: loaded.file ?? null, config: shown.values, origins: shown.origins },
      text: shown.text,
      findings: loaded.findings.filter((finding) => finding.severity === 'error'),
      failOn: 'never',
    };
  },
});

const get = defineCommand({
  path: 'config get',
  summary: 'print one value',
  parameters: {
    key: argument('KEY', 'the key, such as server.port'),
    reveal: flag('--reveal', 'print it even if it is a secret'),
  },
  examples: [
    { run: 'bedrud config get server.port', does: 'the port the server listens on' },
    { run: 'bedrud config get livekit.apiSecret --reveal', does: 'a secret, for a script' },
  ],
  async run({ key: path, reveal }, context) {
    keyOf(path);
    const loaded = await configOf(context);
    const value = path
      .split('.')
      .reduce<unknown>((at, name) => (at as Values | undefined)?.[name], loaded.config);
    const origin = loaded.originOf(path);
    if (value === undefined) {
      context.notice(`${path} is not set`);
      return { data: { key: path, value: null, origin }, text: '', status: 1 };
    }
    if (!reveal && isSecret(path)) throw failure('config/secret', { key: path });
    const shown = reveal ? value : masked(value, path);
    return { data: { key: path, value: shown, origin }, text: textOf(shown) };
  },
});

type Values = Record<string, unknown>;

/** As a shell wants it: texts without quotes, lists a line each, the rest as JSON. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}

const path = defineCommand({
  path: 'config path',
  summary: 'print which file is the configuration',
  examples: [{ run: 'bedrud config path', does: 'the file that serve would take' }],
  async run(_, context) {
    const { file, searched } = await locate({ file: context.configFile, env: context.env, cwd: context.cwd });
    for (const candidate of searched) {
      const why = candidate.named === undefined ? '' : ` (named by ${candidate.named})`;
      context.notice(`${candidate.file === file ? 'found' : 'not there'}: ${candidate.file}${why}`);
    }
    const found = file === undefined ? null : resolve(context.cwd, file);
    return { data: { file: found, searched }, text: found ?? '', status: found === null ? 1 : undefined };
  },
});

const schema = defineCommand({
  path: 'config schema',
  summary: 'print the JSON Schema of config.yaml',
  examples: [{ run: 'bedrud config schema > bedrud-config.schema.json', does: 'for an editor' }],
  async run() {
    const { default: data } = await import('../../schemas/bedrud-config.schema.json', {
      with: { type: 'json' },
    });
    return { data, text: JSON.stringify(data, null, 2) };
  },
});

export default {
  summary: 'check and look up the configuration',
  commands: [validate, show, get, path, schema],
} satisfies CommandGroup;
