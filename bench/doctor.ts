/**
 * How long `bedrud doctor` takes on a healthy set-up of this host, in all and on the processor (goal: under 2 s), and
 * how fast `--log` reads, in how much memory (goals: 200 MB/s, flat). The first needs livekit-server in
 * LIVEKIT_SERVER_BIN or on PATH. The size of the log in MB is an argument; 1024 unless told.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FactSource } from '../src/doctor/facts/gather.ts';
import { readLog } from '../src/doctor/facts/log.ts';
import { findProgram } from '../test/helpers/needs.ts';
import { initialise, makePlace, type Place, serve } from '../test/helpers/serve.ts';
import { figure, show } from './pairs.ts';

const megabytes = Number(process.argv[2] ?? 1024);
const print = (line: string) => process.stdout.write(`${line}\n`);

await benchLog();
const livekitServer = findProgram('livekit-server');
if (livekitServer === undefined) print('healthy run: needs livekit-server in LIVEKIT_SERVER_BIN or on PATH');
else await benchHealthy(livekitServer);

async function benchHealthy(binary: string, rounds = 15): Promise<void> {
  const place = await makePlace({ LIVEKIT_SERVER_BIN: binary });
  await initialise(place);
  const serving = await serve(place);
  const runs: { wall: number; cpu: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const run = await timeDoctor(place);
    if (round > 0) runs.push(run);
  }
  serving.kill('SIGTERM');
  await serving.ended;
  await rm(place.cwd, { recursive: true });
  const [wall, cpu] = [figure(runs.map((run) => run.wall)), figure(runs.map((run) => run.cpu))];
  print(`healthy run: ${show(wall, 'ms', 0)}, on the processor ${show(cpu, 'ms', 0)} (goal: under 2000 ms)`);
}

/** A whole run of the built program, in milliseconds. */
function timeDoctor({ cwd, env }: Place): Promise<{ wall: number; cpu: number }> {
  const program = fileURLToPath(new URL('../bin/bedrud.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const began = performance.now();
    // The shell's own `times` tells what the child has used, which Node keeps to itself.
    const script = '"$0" "$1" doctor --json >/dev/null 2>&1; times';
    const child = spawn('bash', ['-c', script, process.execPath, program], { cwd, env });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject).on('exit', () => {
      const [, ofChildren = ''] = said.trim().split('\n');
      const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(
        ([, m, s]) => Number(m) * 60 + Number(s),
      );
      resolve({ wall: performance.now() - began, cpu: seconds.reduce((sum, part) => sum + part, 0) * 1000 });
    });
  });
}

async function benchLog(): Promise<void> {
  const before = process.memoryUsage().rss;
  const [began, used] = [performance.now(), process.cpuUsage()];
  const question = { log: { name: '-', chunks: log() } };
  await readLog({ question } as unknown as FactSource, new AbortController().signal);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  const more = (process.memoryUsage().rss - before) / 1024 / 1024;
  const rate = (time: number) => `${Math.round(megabytes / time)} MB/s`;
  print(
    `log of ${megabytes} MB: ${rate(seconds)}, by time on the processor ${rate((user + system) / 1e6)} (goal: 200)`,
  );
  print(`log: ${Math.round(more)} MB more memory at its end (goal: flat)`);
}

async function* log() {
  const block = logBlock();
  for (let sent = 0; sent < megabytes * 1024 * 1024; sent += block.length) yield block;
}

/** Lines as livekit-server writes them, one in a hundred of them a warning. */
function logBlock(): Buffer {
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const level = i % 100 === 0 ? 'WARN' : i % 3 === 0 ? 'DEBUG' : 'INFO';
    const fields = `{"room": "standup-${i % 40}", "roomID": "RM_t2zkxVJE9zkS", "participant": "ana", "participantID": "PA_QBL3rPuFJUnn", "remote": false, "count": ${i}}`;
    return `2026-11-20T12:00:00.${String(i % 1000).padStart(3, '0')}Z\t${level}\tlivekit\trtc/participant.go:433\tmediaTrack published\t${fields}\n`;
  });
  return Buffer.from(lines.join(''));
}
