/**
 * Recreates every start-up failure with the livekit-server binaries given and keeps what they print, for the test
 * of the log patterns: `npx tsx scripts/capture-start-failures.ts BINARY...`
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareVersions, parseVersion } from '../src/livekit/versions.ts';
import { failing, failsIn, failToStart } from '../test/helpers/start-failures.ts';

interface Captured {
  name: string;
  id: string;
  output: string;
  versions: string[];
}

const binaries = process.argv.slice(2).map((path) => ({
  path,
  version: parseVersion(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? '',
}));
binaries.sort((a, b) => compareVersions(a.version, b.version));
const captured = new Map<string, Captured>();
for (const scenario of failing) {
  const outputs = await Promise.all(
    binaries
      .filter(({ version }) => failsIn(scenario, version))
      .map(async ({ path, version }) => ({ version, ...(await failToStart(path, scenario)) })),
  );
  for (const { version, output } of outputs) {
    // Ports are taken as they come; one number for all keeps a line the same from run to run.
    const line = output.replace(/:[3-6]\d{4}\b/g, ':40000');
    const key = JSON.stringify([scenario.name, line]);
    const entry = captured.get(key) ?? { name: scenario.name, id: scenario.id, output: line, versions: [] };
    entry.versions.push(version);
    captured.set(key, entry);
  }
}
const file = fileURLToPath(new URL('../test/fixtures/livekit/start-failures.json', import.meta.url));
writeFileSync(file, `${JSON.stringify([...captured.values()], null, 2)}\n`);
