import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './needs.ts';
import { until } from './poll.ts';
import { freePort } from './ports.ts';

export interface TestRedis {
  port: number;
  /** As livekit.redis.address has it. */
  address: string;
  stop(): Promise<void>;
  /** On the same port, with nothing in it. */
  start(): Promise<void>;
  /** Ends it and removes all of it. */
  remove(): Promise<void>;
}

/** A Redis on loopback that keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-redis-'));
  const port = await freePort();
  let running: { kill(): void; ended: Promise<unknown> } | undefined;
  const stop = async () => {
    running?.kill();
    await running?.ended;
    running = undefined;
  };
  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn(findProgram('redis-server') ?? '', args, { stdio: 'ignore', cwd: folder });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    running = { kill: () => void child.kill('SIGKILL'), ended };
    await until('redis-server answers', () => accepts(port), 20_000);
  };
  await start();
  return {
    port,
    address: `127.0.0.1:${port}`,
    stop,
    start,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
