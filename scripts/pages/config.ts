import { type Key, root } from '../../src/config/keys.ts';
import { expectation } from '../../src/config/load/check.ts';
import { configRules } from '../../src/config/rules/index.ts';
import { table } from './markdown.ts';

/** docs/config.md, from schemas/bedrud-config.schema.json and the rules in src/config/rules. */
export function configPage(): string {
  const rules = [...configRules]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, title, severity, why, fix }) => [`\`${id}\``, title, severity, why, fix]);
  return `# Configuration

<!-- Made by npm run generate from schemas/bedrud-config.schema.json and src/config/rules. -->

bedrud reads the same \`config.yaml\` as the Bedrud server, plus a few keys of its own under \`livekit:\`. \`bedrud init\` writes one
with fresh secrets; \`bedrud config validate\` says what is wrong with one, with line and column.

**Where it is looked for**: \`--config FILE\`, \`$BEDRUD_CONFIG\`, \`$CONFIG_PATH\`, \`./config.yaml\`, \`/etc/bedrud/config.yaml\`; a file
that is named has to be there. \`bedrud config path\` says which one it is.

**What wins**: flags over the environment, the environment over the file, the file over defaults. An empty text and an empty
variable count as not set. \`bedrud config show\` says where each value came from; secrets are masked.

**In the editor**: \`bedrud config schema > bedrud-config.schema.json\`, and
\`# yaml-language-server: $schema=bedrud-config.schema.json\` as the first line of the configuration beside it.

**TLS**: none while \`enableTLS\` is false or \`disableTLS\` is true; else \`certFile\` and \`keyFile\`; else ACME with \`useACME\` and
\`domain\`; else \`/etc/bedrud/cert.pem\` and \`key.pem\`.

Relative paths are taken from the working directory of the process, as the Bedrud server takes them.

## Keys
${[...root.keys.values()].map(section).join('')}
## Rules

What \`bedrud config validate\` reports; the severity is that of the rule's main case.

${table(['id', 'rule', 'severity', 'why', 'fix'], rules)}`;
}

function section(key: Key): string {
  return `
### ${key.path}

${key.description}

${table(['key', 'value', 'default', 'environment', ''], [...rows(key)])}`;
}

function* rows(parent: Key): Iterable<string[]> {
  for (const key of parent.keys.values()) {
    if (key.type === 'section') {
      yield* rows(key);
      continue;
    }
    const value = key.default === undefined ? '' : `\`${JSON.stringify(key.default)}\``;
    const variables = key.env.map((name) => `\`${name}\``).join(', ');
    yield [`\`${key.path}\``, expectation(key), value, variables, key.description];
  }
}
