/**
 * What a lint costs: 240 files on nine releases in one process next to as many runs of `livekit-server … ports` (a
 * bounded sample, scaled up), its peak memory, and one file from cold next to `node -e 0`. Run after a build:
 * LIVEKIT_SERVER_BIN=… npx tsx bench/lint.ts
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pairs, residentMemory, show, timeProcess } from './pairs.ts';

const bedrud = fileURLToPath(new URL('../bin/bedrud.js', import.meta.url));
const recorded = fileURLToPath(new URL('../test/fixtures/lint-corpus/files.jsonl', import.meta.url));
const versions = ['1.5.3', '1.7.2', '1.8.4', '1.9.0', '1.9.12', '1.10.1', '1.11.0', '1.12.0', '1.13.5'];
/** Runs of livekit-server a round; the rest is scaled. */
const sample = 20;

const folder = mkdtempSync(join(tmpdir(), 'bench-lint-'));
const files = readFileSync(recorded, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const { name, text }: { name: string; text: string } = JSON.parse(line);
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    return file;
  });
const minimal = join(folder, 'seed-minimal.yaml');
const lint = [bedrud, 'livekit', 'lint', '-q', '--fail-on', 'never', '--format', 'json'];
const everything = [...lint, '--for', versions.join(','), folder];
const count = files.length * versions.length;

const cold = await pairs(
  () => timeProcess(process.execPath, [...lint, '--for', '1.13.5', minimal]),
  () => timeProcess(process.execPath, ['-e', '0']),
  30,
);
console.log(`one file ${show(cold.subject, 'ms')}, node -e 0 ${show(cold.peer, 'ms')}`);
console.log(`ratio ${show(cold.ratio, '×', 2)}; goal: 1.8×`);

const server = process.env['LIVEKIT_SERVER_BIN'];
if (server) {
  const bulk = await pairs(
    () => timeProcess(process.execPath, everything),
    async () => {
      let ms = 0;
      for (const file of files.slice(0, sample)) ms += await timeProcess(server, ['--config', file, 'ports']);
      return (ms / sample) * count;
    },
    5,
  );
  console.log(`${count} pairs in one process ${show(bulk.subject, 'ms')}`);
  console.log(`livekit-server ports ${count} times, scaled up from ${sample}: ${show(bulk.peer, 'ms')}`);
  console.log(`${(1 / bulk.ratio.median).toFixed(0)} times as fast; goal: 50, and under 2000 ms`);
} else {
  console.log('LIVEKIT_SERVER_BIN is not set: nothing to compare with');
}

const child = spawn(process.execPath, everything, { stdio: ['ignore', 'pipe', 'inherit'] });
let peak = 0;
const watch = setInterval(() => {
  if (child.pid !== undefined && child.exitCode === null)
    // A process that is gone and not yet waited for has no figure.
    peak = Math.max(peak, residentMemory(child.pid).peak || 0);
}, 5);
for await (const _ of child.stdout);
clearInterval(watch);
console.log(`peak memory ${peak.toFixed(0)} MB; goal: under 150 MB`);
rmSync(folder, { recursive: true });
