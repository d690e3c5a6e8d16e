/** The licences of the packages whose code is inside the bundle, which has to travel with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

interface Manifest {
  name: string;
  version: string;
  license?: string;
}

/** One text: each package's name, version and licence, then the file in which it says so. */
export function licencesOf({ inputs }: Metafile, root: string): string {
  const folders = new Set<string>();
  for (const input of Object.keys(inputs)) {
    const [folder] = input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? [];
    if (folder !== undefined) folders.add(join(root, folder));
  }
  const entries = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Manifest;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
  });
  return [...new Set(entries)].sort().join(`\n${'-'.repeat(80)}\n\n`);
}
