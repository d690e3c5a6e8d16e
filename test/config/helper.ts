import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../src/config/index.ts';

/** A folder of this test file's own. */
export const cwd: string = mkdtempSync(join(tmpdir(), 'bedrud-config-'));

/** Loads `yaml` as ./config.yaml, without what the host has. */
export async function load(yaml: string | Buffer, more: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  writeFileSync(join(cwd, 'config.yaml'), yaml);
  return loadConfig({ env: {}, cwd, ...more });
}
