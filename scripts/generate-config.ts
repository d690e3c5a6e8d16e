/**
 * Compiles schemas/bedrud-config.schema.json into src/config/validate.generated.js, so that loading a
 * configuration needs neither ajv nor a compilation. Run it after every change of the schema.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = new URL('..', import.meta.url);
const target = new URL('src/config/validate.generated.js', root);

/** The text of the generated module. */
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
  return `// Made by scripts/generate-config.ts from schemas/bedrud-config.schema.json.\n${code.replaceAll(';', ';\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await generateValidator());
