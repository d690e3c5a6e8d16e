/**
 * From `bedrud serve` to ready, next to a bare livekit-server with the same file in the same run, and what serve
 * holds in memory. Needs livekit-server in LIVEKIT_SERVER_BIN or on PATH. Goals: 400 ms more at most, under 90 MB.
 * What it does under load is in serve-load.ts.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../test/helpers/needs.ts';
import { freePort } from '../test/helpers/ports.ts';
import { figure, pairs, processorTime, residentMemory, show } from './pairs.ts';

const livekitServer = findProgram('livekit-server');
if (livekitServer === undefined) {
  process.stderr.write('bench/serve needs livekit-server in LIVEKIT_SERVER_BIN or on PATH\n');
  process.exit(3);
}
const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: root });
const bedrud = join(root, 'bin/bedrud.js');
const folder = mkdtempSync(join(tmpdir(), 'bedrud-bench-'));
/** Of each `serve` once it was ready. */
const at = { memory: [] as number[], cpu: [] as number[] };

try {
  const [api = 0, signal = 0, tcp = 0, start = 0] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  execFileSync(process.execPath, [bedrud, 'init', folder, '--yes', '--port', String(api)], {
    stdio: 'ignore',
  });
  const config = join(folder, 'config.yaml');
  const env = {
    ...process.env,
    BEDRUD_CONFIG: config,
    LIVEKIT_SERVER_BIN: livekitServer,
    LIVEKIT_NODE_IP: '127.0.0.1',
  };
  const sfu = `  port: ${signal}\n  rtc: { tcpPort: ${tcp}, portRangeStart: ${start}, portRangeEnd: ${start + 10} }\n`;
  const text = execFileSync('sed', ['/^  port: 7880$/d', config], { encoding: 'utf8' });
  writeFileSync(config, text.replace(/^livekit:\n/m, `livekit:\n${sfu}`));
  const yaml = join(folder, 'livekit.yaml');
  execFileSync(process.execPath, [bedrud, 'livekit', 'render-config', '--out', yaml], {
    env,
    stdio: 'ignore',
  });

  const measured = await pairs(
    () => untilReady(process.execPath, [bedrud, 'serve'], `http://127.0.0.1:${api}/readyz`, env, at),
    () => untilReady(livekitServer, ['--config', yaml], `http://127.0.0.1:${signal}/`, env),
    9,
  );
  const more = measured.subject.median - measured.peer.median;
  process.stdout.write(
    [
      `serve to ready            ${show(measured.subject, 'ms', 0)}`,
      `bare livekit-server       ${show(measured.peer, 'ms', 0)}`,
      `ratio                     ${show(measured.ratio, '×', 2)}`,
      `serve takes longer by     ${more.toFixed(0)} ms (goal: 400 at most)`,
      `CPU time of serve by then ${show(figure(at.cpu), 'ms', 0)}`,
      `resident memory of serve  ${show(figure(at.memory), 'MB')} (goal: under 90)`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true });
}

/** Starts a server, asks `url` until it answers 200, ends it. @returns the milliseconds from start to answer */
async function untilReady(
  file: string,
  args: string[],
  url: string,
  env: NodeJS.ProcessEnv,
  facts?: typeof at,
): Promise<number> {
  const begin = performance.now();
  const child = spawn(file, args, { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - begin > 20_000)
      throw new Error(`${file} was never ready`);
    await sleep(2);
  }
  const took = performance.now() - begin;
  if (facts && child.pid) {
    facts.memory.push(residentMemory(child.pid).now);
    facts.cpu.push(processorTime(child.pid));
  }
  child.kill('SIGTERM');
  // A bare livekit-server may take its time after one signal; how it ends is not what is measured.
  const hurry = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(hurry);
  return took;
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
