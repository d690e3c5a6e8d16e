import { createServer } from 'node:net';

/**
 * Below the range that the kernel takes ports from for connections and for listeners on 0 (Linux: 32768 and up), so that
 * none of these is taken between our look and its use; and a stretch for each worker, so that suites don't meet.
 */
const lowest = 12_000;
const perWorker = 500;
const workers = 40;

const start = lowest + (Number(process.env['VITEST_POOL_ID'] ?? 0) % workers) * perWorker;
// Not always from the first one: another run may be under way on this machine.
let next = Math.floor(Math.random() * perWorker);

/** A TCP port that nobody has, and that nobody but the caller will be given soon. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < perWorker; tries += 1) {
    const port = start + next;
    next = (next + 1) % perWorker;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${start} to ${start + perWorker - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
