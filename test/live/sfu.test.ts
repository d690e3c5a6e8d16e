import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { classifyStartFailure } from '../../src/livekit/log-patterns.ts';
import { compareVersions, parseVersion } from '../../src/livekit/versions.ts';
import { binaryVersion } from '../../src/sfu/binary.ts';
import { requireFreePorts } from '../../src/sfu/ports.ts';
import { probeSfu } from '../../src/sfu/probe.ts';
import { probeFindings } from '../../src/sfu/probe-findings.ts';
import { isAlive } from '../../src/sfu/proc.ts';
import { type RunningSfu, startSfu } from '../../src/sfu/supervisor.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { failing, failsIn, withFailingFile } from '../helpers/start-failures.ts';

const keys = { apiKey: 'APIkey', apiSecret: 'a-secret-of-at-least-32-characters' };
const bin = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

const tempFiles = (pid: number | undefined, folder = tmpdir()) =>
  readdirSync(folder).filter((name) => name.startsWith(`bedrud-livekit-${pid}-`));

describeWith(['livekit-server'], 'a real livekit-server', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  const running: RunningSfu[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((sfu) => sfu.forceStop()));
    expect(tempFiles(process.pid)).toEqual([]);
  });

  async function ports() {
    const [port, tcp, udp] = await Promise.all([freePort(), freePort(), freePort()]);
    return { port, tcp, udp };
  }
  type Ports = Awaited<ReturnType<typeof ports>>;
  const uses = ({ port, tcp, udp }: Ports) => [
    { port, protocol: 'tcp', setting: 'livekit.port' } as const,
    { port: tcp, protocol: 'tcp', setting: 'livekit.rtc.tcpPort' } as const,
    { port: udp, protocol: 'udp', setting: 'livekit.rtc.udpPort' } as const,
  ];
  const yamlFor = ({ port, tcp, udp }: Ports) =>
    JSON.stringify({
      port,
      keys: { [keys.apiKey]: keys.apiSecret },
      rtc: { node_ip: '127.0.0.1', tcp_port: tcp, udp_port: udp },
    });

  async function start(at: Ports, yaml = yamlFor(at)): Promise<RunningSfu> {
    const sfu = await startSfu({
      binary,
      version,
      config: { yaml },
      url: `http://127.0.0.1:${at.port}`,
      ports: uses(at),
      mint: () => mintToken(keys, { identity: 'bedrud', room: 'readiness' }),
      classify: classifyStartFailure,
      // What would override the file must not reach it.
      env: { ...process.env, LIVEKIT_CONFIG: 'port: 1', LIVEKIT_PORT: 'tcp://10.0.0.1:7880', NODE_IP: 'x' },
      times: { readyMs: 15_000, drainMs: 5_000 },
    });
    running.push(sfu);
    return sfu;
  }

  test('says its version', async () => {
    expect(await binaryVersion(binary)).toBe(version);
  });

  test('20 rounds of starting and stopping leave nothing', async () => {
    const at = await ports();
    for (let round = 0; round < 20; round += 1) {
      const sfu = await start(at);
      const pid = Number(sfu.pid);
      expect(tempFiles(process.pid)).toHaveLength(1);
      await sfu.forceStop();
      expect(isAlive(pid)).toBe(false);
      expect(tempFiles(process.pid)).toEqual([]);
      await requireFreePorts(uses(at));
    }
  }, 120_000);

  test('killed, it is back within two seconds', async () => {
    const sfu = await start(await ports());
    const first = sfu.pid;
    process.kill(Number(first), 'SIGKILL');
    await until('the restart', () => sfu.state === 'ready' && sfu.pid !== first, 2_000);
    expect((await fetch(sfu.url)).status).toBe(200);
  });

  /** bedrud as it ships, with a configuration in a folder of its own. */
  async function bedrud(at: Ports, more: Record<string, unknown> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'bedrud-live-'));
    const livekit = {
      ...keys,
      binary,
      nodeIP: '127.0.0.1',
      port: at.port,
      rtc: { tcpPort: at.tcp, udpPort: at.udp },
      ...more,
    };
    writeFileSync(
      join(folder, 'config.yaml'),
      JSON.stringify({ livekit, auth: { jwtSecret: 'j'.repeat(40) } }),
    );
    const child = spawn(process.execPath, [bin, 'livekit', 'run', '--json'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk;
    });
    const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
    return { child, exit, folder, log: () => log };
  }
  const sfuPid = (log: string) => Number(log.match(/"pid":(\d+).*livekit-server is ready/)?.[1] ?? 0);

  test('runs under `bedrud livekit run` until SIGTERM, and nothing is left', async () => {
    const at = await ports();
    const { child, exit, folder, log } = await bedrud(at);
    const pid = await until('readiness', () => sfuPid(log()) || undefined, 10_000);
    expect(tempFiles(child.pid, folder)).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
    expect(tempFiles(child.pid, folder)).toEqual([]);
    await requireFreePorts(uses(at));
    rmSync(folder, { recursive: true });
  }, 30_000);

  test("runs with the operator's own file, and takes port and key from it", async () => {
    const at = await ports();
    const file = join(mkdtempSync(join(tmpdir(), 'bedrud-own-')), 'livekit.yaml');
    writeFileSync(file, yamlFor(at));
    const { child, exit, folder, log } = await bedrud(at, { configPath: file, port: undefined });
    await until('readiness', () => sfuPid(log()) || undefined, 10_000);
    expect(tempFiles(child.pid, folder)).toEqual([]);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    rmSync(folder, { recursive: true });
  }, 30_000);

  test('answers a probe, whose bounds hold its version', async () => {
    const sfu = await start(await ports());
    const facts = await probeSfu({ ...keys, url: sfu.url, skipTLSVerify: false }, { timeoutMs: 5_000 });
    expect(facts).toMatchObject({
      root: { status: 200 },
      validate: { outcome: 'ok' },
      rooms: { count: 0 },
      release: expect.any(Object),
    });
    const { atLeast = '0', below = '999' } = facts.release ?? {};
    expect(compareVersions(version, atLeast)).toBeGreaterThanOrEqual(0);
    expect(compareVersions(version, below)).toBeLessThan(0);
    expect(probeFindings(facts, false, new Date())).toEqual([]);
    const outcomeWith = async (other: Partial<typeof keys>) => {
      const seen = await probeSfu(
        { ...keys, ...other, url: sfu.url, skipTLSVerify: false },
        { timeoutMs: 5_000 },
      );
      return seen.validate;
    };
    expect(await outcomeWith({ apiKey: 'another' })).toMatchObject({ outcome: 'wrong-key' });
    expect(await outcomeWith({ apiSecret: 'x'.repeat(40) })).toMatchObject({ outcome: 'wrong-secret' });
  });

  test('does not outlive a bedrud that was killed', async () => {
    const at = await ports();
    const { child, exit, folder, log } = await bedrud(at);
    const pid = await until('readiness', () => sfuPid(log()) || undefined, 10_000);
    child.kill('SIGKILL');
    await exit;
    await until('the end of livekit-server', () => !isAlive(pid));
    await until('the end of its file', () => tempFiles(child.pid, folder).length === 0);
    await requireFreePorts(uses(at));
    rmSync(folder, { recursive: true });
  }, 30_000);

  test('that cannot start makes `bedrud livekit run` fail with the reason', async () => {
    const { exit, folder, log } = await bedrud(await ports(), {
      overrides: { bind_addresses: ['198.51.100.99'] },
    });
    expect(await exit).toEqual([3, null]);
    expect(log()).toContain('198.51.100.99');
    rmSync(folder, { recursive: true });
  }, 30_000);
});

describeWith(['livekit-server'], 'a livekit-server that does not start', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  afterAll(() => expect(tempFiles(process.pid)).toEqual([]));

  // Those that come from flags and variables cannot happen to a server that bedrud starts.
  const scenarios = failing.filter(
    (scenario) => failsIn(scenario, version) && scenario.args === undefined && scenario.env === undefined,
  );
  test.concurrent.each(scenarios)(
    '$name is $id',
    async (scenario) => {
      await withFailingFile(scenario, async (text) => {
        const port = await freePort();
        await expect(
          startSfu({
            binary,
            version,
            config: { yaml: text },
            url: `http://127.0.0.1:${port}`,
            mint: () => mintToken(keys, { identity: 'bedrud', room: 'readiness' }),
            classify: classifyStartFailure,
            env: process.env,
          }),
        ).rejects.toMatchObject({
          code: 'sfu/start-failed',
          exit: 3,
          message: expect.stringContaining(`[${scenario.id}]`),
          hint: expect.stringMatching(/\S/),
        });
      });
    },
    40_000,
  );
});
