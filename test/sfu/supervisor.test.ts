import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { isAlive } from '../../src/sfu/proc.ts';
import {
  type RunningSfu,
  type SfuLogRecord,
  type SfuOptions,
  type SfuState,
  startSfu,
} from '../../src/sfu/supervisor.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';

const binary = fileURLToPath(new URL('fixtures/fake-livekit-server', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bedrud-supervisor-'));
const running: RunningSfu[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sfu) => sfu.forceStop()));
  expect(ourTempFiles()).toEqual([]);
});

let scratchFiles = 0;
function scratch(): string {
  scratchFiles += 1;
  return join(folder, `scratch-${scratchFiles}`);
}

function ourTempFiles(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`bedrud-livekit-${process.pid}-`));
}

/** Starts the stand-in; `config` says how it behaves. */
async function start(config: Record<string, unknown>, more: Partial<SfuOptions> = {}): Promise<RunningSfu> {
  const port = await freePort();
  const sfu = await startSfu({
    binary,
    version: '1.13.5',
    config: { yaml: JSON.stringify({ port, ...config }) },
    url: `http://127.0.0.1:${port}`,
    mint: async () => 'token',
    env: { PATH: process.env['PATH'] },
    times: { drainMs: 300, forceMs: 300 },
    ...more,
  });
  running.push(sfu);
  return sfu;
}

describe('starting', () => {
  test('is over once it answers; the file is private and goes with it', async () => {
    const sfu = await start({});
    expect(sfu).toMatchObject({ state: 'ready', version: '1.13.5' });
    const [file = ''] = ourTempFiles();
    expect(statSync(join(tmpdir(), file)).mode & 0o777).toBe(0o600);
    const { pid } = sfu;
    await sfu.stop();
    expect(sfu.state).toBe('stopped');
    expect(await sfu.done).toBeUndefined();
    expect(ourTempFiles()).toEqual([]);
    expect(isAlive(Number(pid))).toBe(false);
  });

  test('fails with the cause although the exit status is 0, and is not repeated', async () => {
    const starts = scratch();
    const classify = (line: string) =>
      line === 'invalid TURN ports'
        ? { id: 'turn/ports', message: 'both TURN ports are 0', hint: 'set one' }
        : undefined;
    await expect(
      start({ does: 'fail', line: 'invalid TURN ports', starts }, { classify }),
    ).rejects.toMatchObject({
      code: 'sfu/start-failed',
      exit: 3,
      message: 'livekit-server ended while starting: both TURN ports are 0 [turn/ports]',
      hint: 'set one',
    });
    expect(readFileSync(starts, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('quotes last words that nobody knows', async () => {
    await expect(start({ does: 'fail', line: 'flux capacitor missing' })).rejects.toMatchObject({
      message: 'livekit-server ended while starting: flux capacitor missing (exit status 0)',
    });
  });

  test('has an end when it never gets ready', async () => {
    await expect(
      start({ does: 'unready' }, { times: { readyMs: 2000, forceMs: 200 } }),
    ).rejects.toMatchObject({
      code: 'sfu/not-ready',
      message: 'livekit-server runs but was not ready within 2s: GET /: 406 Not Ready',
    });
  });

  test('can be given up', async () => {
    const controller = new AbortController();
    const starts = scratch();
    const attempt = start({ does: 'unready', starts }, { signal: controller.signal });
    attempt.catch(() => {});
    const started = () => existsSync(starts) && Number(readFileSync(starts, 'utf8'));
    const pid = await until('a start', () => started() || undefined);
    controller.abort(new Error('interrupted'));
    await expect(attempt).rejects.toThrow('interrupted');
    expect(isAlive(pid)).toBe(false);
  });

  test('names the port that is taken, and by whom', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const ports = [{ port, protocol: 'tcp', setting: 'livekit.rtc.tcpPort' }] as const;
    await expect(start({}, { ports })).rejects.toMatchObject({
      code: 'ports/in-use',
      message: expect.stringMatching(
        new RegExp(`^port ${port}/tcp is in use by node.* \\(pid ${process.pid}\\)$`),
      ),
      hint: expect.stringContaining('livekit.rtc.tcpPort'),
    });
    server.close();
  });

  test('keeps what would override the configuration from it, and says so', async () => {
    const messages: unknown[] = [];
    const env = { ...process.env, LIVEKIT_CONFIG: 'port: 1', NODE_IP: '10.0.0.1', HARMLESS: '1' };
    const log = (record: unknown) => messages.push(record);
    const attempt = start({ does: 'print-environment' }, { env, log });
    await expect(attempt).rejects.toThrow(/names: .*HARMLESS/);
    await expect(attempt).rejects.not.toThrow(/LIVEKIT_CONFIG|NODE_IP/);
    expect(messages).toContainEqual(
      expect.objectContaining({ fields: { removed: expect.arrayContaining(['LIVEKIT_CONFIG', 'NODE_IP']) } }),
    );
  });

  test("leaves the operator's own file alone", async () => {
    const file = scratch();
    const port = await freePort();
    writeFileSync(file, JSON.stringify({ port }));
    const sfu = await start({}, { config: { file }, url: `http://127.0.0.1:${port}` });
    expect(ourTempFiles()).toEqual([]);
    await sfu.stop();
    expect(existsSync(file)).toBe(true);
  });

  test('says why a file is no program', async () => {
    const page = scratch();
    writeFileSync(page, '', { mode: 0o755 });
    await expect(start({}, { binary: join(folder, 'gone') })).rejects.toMatchObject({
      code: 'sfu/binary-missing',
      message: expect.stringContaining('does not exist'),
    });
  });
});

describe('running', () => {
  test('it is started again when it is killed', async () => {
    const sfu = await start({});
    const first = sfu.pid;
    const states: SfuState[] = [];
    sfu.onState((state) => states.push(state));
    process.kill(Number(first), 'SIGKILL');
    await until('a restart', () => sfu.state === 'ready' && sfu.pid !== first, 2_000);
    expect(states).toEqual(['restarting', 'ready']);
  });

  test('it is started again when it runs on without answering', async () => {
    const records: SfuLogRecord[] = [];
    const sfu = await start(
      {},
      {
        times: { askEveryMs: 20, answerMs: 500, misses: 3, forceMs: 200 },
        log: (record) => void records.push(record),
      },
    );
    const first = Number(sfu.pid);
    const states: SfuState[] = [];
    sfu.onState((state) => states.push(state));
    process.kill(first, 'SIGSTOP');
    await until('a restart', () => sfu.state === 'ready' && sfu.pid !== first, 15_000);
    expect(isAlive(first)).toBe(false);
    expect(states.slice(0, 2)).toEqual(['restarting', 'ready']);
    expect(records.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'livekit-server does not answer',
        'livekit-server hangs: it is ended and started again',
      ]),
    );
    expect(records.find(({ message }) => message === 'livekit-server ended')?.fields).toMatchObject({
      reason: 'it hung, and was ended',
    });
  });

  test('restarts end when they lead nowhere, with the last cause', async () => {
    const starts = scratch();
    const sfu = await start(
      { does: 'fail-later', line: 'redis is gone', starts },
      { times: { firstMs: 1, ceilingMs: 2, attempts: 3 } },
    );
    process.kill(Number(sfu.pid), 'SIGKILL');
    expect(await sfu.done).toMatchObject({
      code: 'sfu/gave-up',
      message: expect.stringContaining('redis is gone'),
    });
    expect(sfu.state).toBe('failed');
    expect(readFileSync(starts, 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test('ends with status 0 count as crashes', async () => {
    const sfu = await start({ does: 'crash' }, { times: { firstMs: 1, ceilingMs: 1, attempts: 2 } });
    expect(await sfu.done).toMatchObject({
      code: 'sfu/gave-up',
      message: expect.stringContaining('3 times in a row'),
    });
  });

  test('a stop while it waits for a restart is at once', async () => {
    const sfu = await start({}, { times: { firstMs: 60_000, ceilingMs: 60_000 } });
    process.kill(Number(sfu.pid), 'SIGKILL');
    await until('the wait', () => sfu.state === 'restarting');
    await sfu.stop();
    expect(sfu.state).toBe('stopped');
  });
});

describe('stopping', () => {
  test.each([
    { does: 'serve', count: 1 },
    { does: 'second', count: 2 },
  ])('$does: $count SIGTERM', async ({ does, count }) => {
    const signals = scratch();
    const sfu = await start({ does, signals });
    await sfu.stop();
    expect(readFileSync(signals, 'utf8').trim().split('\n')).toHaveLength(count);
  });

  test('what ignores SIGTERM is killed', async () => {
    const sfu = await start({ does: 'deaf' }, { times: { drainMs: 50, forceMs: 150 } });
    const { pid } = sfu;
    await sfu.stop();
    expect(isAlive(Number(pid))).toBe(false);
  });

  test('forcing it hastens a stop that drains', async () => {
    const sfu = await start({ does: 'second' }, { times: { drainMs: 60_000, forceMs: 5_000 } });
    const stopped = sfu.stop();
    expect(sfu.state).toBe('stopping');
    await sfu.forceStop();
    await stopped;
    expect(sfu.state).toBe('stopped');
  });
});
