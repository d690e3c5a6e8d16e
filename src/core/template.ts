/** Files that ship with the package, and the little that is filled into them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A file of the package, `templates/config.yaml`, wherever the program was built into. */
export async function readPackageFile(path: string): Promise<string> {
  return readFile(new URL(path, packageRoot()), 'utf8');
}

/** Above dist/ in the built package, above src/ in the sources: the nearest folder with a package.json. */
function packageRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/')
    folder = new URL('..', folder);
  return folder;
}

/**
 * Fills `{{name}}` in, and keeps the lines between `{{#name}}` and `{{/name}}` only where `values` has `name`.
 * Markers of blocks stand alone on their lines; blocks may be nested in blocks of other names.
 * @throws Error for a name that has no value and stands in no block of its own: a mistake in the template
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string | undefined>>): string {
  const blocks = /^\{\{#(\w+)\}\}\n([\s\S]*?)^\{\{\/\1\}\}\n/gm;
  const kept = template.replace(blocks, (_, name: string, body: string) =>
    values[name] === undefined ? '' : fillTemplate(body, values),
  );
  return kept.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template wants {{${name}}}`);
    return value;
  });
}
