/**
 * What a token costs: `bedrud token create` from cold next to `node -e 0`, and 20,000 tokens in one run next to
 * the SDK's AccessToken making as many. Run after a build: npx tsx bench/token.ts
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AccessToken } from 'livekit-server-sdk';
import { pairs, residentMemory, show, timeProcess } from './pairs.ts';

const bedrud = fileURLToPath(new URL('../bin/bedrud.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-token-'));
const secret = 'a-secret-of-at-least-32-characters';
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, secret);
const create = ['token', 'create', '--api-key', 'devkey', '--api-secret-file', secretFile];
const one = [bedrud, ...create, '--room', 'standup', '--identity', 'ana'];
const many = 20_000;

const cold = await pairs(
  () => timeProcess(process.execPath, one),
  () => timeProcess(process.execPath, ['-e', '0']),
  40,
);
console.log(`token create ${show(cold.subject, 'ms')}, node -e 0 ${show(cold.peer, 'ms')}`);
console.log(`ratio ${show(cold.ratio, '×', 2)}; goal: 1.6×`);

const bulk = await pairs(
  () => timeProcess(process.execPath, [...one, '--count', String(many)]),
  sdkTokens,
  3,
);
console.log(`${many} tokens ${show(bulk.subject, 'ms', 0)}, by the SDK ${show(bulk.peer, 'ms', 0)}`);
console.log(`ratio ${show(bulk.ratio, '×', 2)}`);
for (const count of [10_000, 300_000]) {
  console.log(`peak memory with --count ${count}: ${(await peakMemory(count)).toFixed(0)} MB`);
}
rmSync(folder, { recursive: true });

async function sdkTokens(): Promise<number> {
  const begin = performance.now();
  for (let n = 1; n <= many; n += 1) {
    const token = new AccessToken('devkey', secret, { identity: `ana-${n}`, ttl: '10m' });
    token.addGrant({ roomJoin: true, room: 'standup' });
    await token.toJwt();
  }
  return performance.now() - begin;
}

/** The most that a run with a slow reader ever held, in MB. */
async function peakMemory(count: number): Promise<number> {
  const child = spawn(process.execPath, [...one, '--count', String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peak = 0;
  for await (const _ of child.stdout) peak = Math.max(peak, child.pid ? residentMemory(child.pid).peak : 0);
  return peak;
}
