/** The JSON Schema of config.yaml, compiled, so that loading a configuration needs neither ajv nor a compilation. */
import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = new URL('..', import.meta.url);

/** The text of src/config/validate.generated.js. */
export async function generateValidator(): Promise<string> {
  const schema = JSON.parse(await readFile(new URL('schemas/bedrud-config.schema.json', root), 'utf8'));
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    messages: false,
    code: { source: true, esm: true },
  });
  // Annotations make up most of the schema and decide nothing.
  const annotations = new Set(['default', 'description', 'examples', 'x-env', 'x-secret', 'x-expects']);
  const bare = JSON.parse(
    JSON.stringify(schema, (name, value) =>
      annotations.has(name) && (typeof value !== 'object' || Array.isArray(value)) ? undefined : value,
    ),
  );
  const code = standalone.default(ajv, ajv.compile(bare));
  if (code.includes('require(')) throw new Error('the validator needs a package at run time');
  return `// Made by npm run generate from schemas/bedrud-config.schema.json.\n${code.replaceAll(';', ';\n')}\n`;
}
