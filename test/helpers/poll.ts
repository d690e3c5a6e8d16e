import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `probe` gives something other than undefined or false, at most `withinMs`. @throws when it doesn't */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  withinMs = 5_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(10);
  }
}
