import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { askRedis } from '../../src/doctor/probes/redis.ts';
import { askOverTcp, askOverTls, askOverUdp } from '../../src/doctor/probes/turn.ts';
import { config, doctor, findingsOf, key, recreates, type Scenario, secret } from '../doctor/recreate.ts';
import { externalAt, livekit } from '../doctor/servers.ts';
import { startLiveKit } from '../helpers/livekit.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';

const running: { child: ChildProcess; directory: string }[] = [];
afterEach(async () => {
  for (const { child, directory } of running.splice(0)) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Starts `program` in a directory of its own and waits until `port` takes connections, or answers for UDP. */
async function start(program: string, port: number, args: (directory: string) => string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bedrud-service-'));
  const child = spawn(findProgram(program) ?? program, args(directory), { stdio: 'ignore', cwd: directory });
  running.push({ child, directory });
  await until(`${program} answers`, () => accepts(port));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

const redisFile = (port: number, password: string) => ({
  live: true,
  files: {
    'config.yaml': config({ livekit: 'port: 1' }),
    'livekit.yaml': `port: 1\nkeys: {${key}: ${secret}}\nredis: {address: "127.0.0.1:${port}", password: ${password}}\n`,
  },
  args: ['--livekit-config', 'livekit.yaml', '--json', '--only', 'redis/unreachable'],
});

describeWith(['redis-server'], 'a real Redis', () => {
  const startRedis = async (...more: string[]) => {
    const port = await freePort();
    await start('redis-server', port, () => [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      ...more,
    ]);
    return port;
  };
  const target = {
    host: '127.0.0.1',
    username: undefined,
    password: undefined,
    db: 0,
    tls: false,
    timeoutMs: 3_000,
  };

  test('lets in with the right password, and carries a message', async () => {
    const port = await startRedis('--requirepass', 'right-password');
    expect(findingsOf(await doctor(redisFile(port, 'right-password')), 'redis/unreachable')).toEqual([]);
  });

  test('refuses a wrong password', async () => {
    const port = await startRedis('--requirepass', 'right-password');
    const ran = await doctor(redisFile(port, 'wrong-password'));
    expect(findingsOf(ran, 'redis/unreachable')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('refuses the credentials: WRONGPASS'),
        hint: expect.stringContaining('redis.password'),
      }),
    ]);
    expect(ran.stdout).not.toContain('wrong-password');
  });

  test('has a user that may not publish', async () => {
    const port = await startRedis('--user', 'default', 'on', 'nopass', '~*', '+@all', '-publish', '&*');
    expect(await askRedis({ ...target, port })).toMatchObject({ ok: false, step: 'publish' });
  });
});

describeWith(['livekit-server', 'redis-server'], 'recording', () => {
  const keys = { [key]: secret };
  const scenario = (url: string, address: string): Scenario => ({
    live: true,
    files: {
      ...externalAt(url, url.replace('http', 'ws')),
      'livekit.yaml': JSON.stringify({ keys, redis: { address } }),
      'egress.yaml': JSON.stringify({ api_key: key, api_secret: secret, ws_url: url, redis: { address } }),
    },
    args: [
      ...['--livekit-config', 'livekit.yaml', '--egress-config', 'egress.yaml'],
      ...['--only', 'egress/redis-missing'],
    ],
  });
  const startRedis = async () => {
    const port = await freePort();
    await start('redis-server', port, () => ['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
    return `127.0.0.1:${port}`;
  };
  const livekitWith = async (sections: object) => {
    const server = await startLiveKit(keys, sections);
    onTestFinished(server.stop);
    return server.url;
  };

  recreates(
    'egress/redis-missing',
    'LiveKit runs without Redis, whatever its file says',
    async () => scenario(await livekitWith({}), await startRedis()),
    { message: /says that egress is not connected/, hint: /the same redis: section/ },
  );
  recreates(
    'egress/redis-missing',
    'no response from servers',
    async () => {
      const address = await startRedis();
      return scenario(await livekitWith({ redis: { address } }), address);
    },
    { message: /no egress service is connected to Redis at 127\.0\.0\.1:\d+/, hint: /start egress/ },
  );

  test('with a recorder has nothing wrong with it', async () => {
    const address = await startRedis();
    const recorder = new Redis(`redis://${address}`);
    onTestFinished(() => recorder.disconnect());
    await recorder.subscribe('EgressInternal|StartEgress|REQ');
    const ran = await doctor(scenario(await livekitWith({ redis: { address } }), address), '--json');
    expect(findingsOf(ran, 'egress/redis-missing')).toEqual([]);
    expect(ran.status).toBe(0);
  });
});

/** coturn for the user ana on ports of its own. */
async function startCoturn(): Promise<{ port: number; tls: number }> {
  const [port, tls] = [await freePort(), await freePort()];
  await start('turnserver', port, (directory) => [
    ...['-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', String(port), '--tls-listening-port', String(tls)],
    ...['--cert', certificate('meet.pem'), '--pkey', certificate('meet.key')],
    ...['--lt-cred-mech', '-u', 'ana:password', '-r', 'example.com', '--no-dtls', '--no-cli'],
    ...['--allow-loopback-peers', '--db', join(directory, 'turndb')],
    ...['--log-file', join(directory, 'log'), '--pidfile', join(directory, 'pid')],
  ]);
  await until('TLS too', () => accepts(tls));
  return { port, tls };
}

const certificate = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

describeWith(['turnserver'], 'coturn', () => {
  test.each(['UDP', 'TCP', 'TLS'])(
    'relays over %s for who has its credentials, and for nobody else',
    async (over) => {
      const ports = await startCoturn();
      const turn = { host: '127.0.0.1', port: over === 'TLS' ? ports.tls : ports.port, timeoutMs: 3_000 };
      const ask = over === 'UDP' ? askOverUdp : over === 'TCP' ? askOverTcp : askOverTls;
      expect(await ask(turn)).toMatchObject({ ok: true, mapped: '127.0.0.1' });
      expect(await ask(turn, { username: 'ana', password: 'password' })).toMatchObject({
        ok: true,
        relayed: '127.0.0.1',
      });
      expect(await ask(turn, { username: 'ana', password: 'wrong' })).toMatchObject({
        ok: false,
        problem: expect.stringContaining('401'),
      });
    },
  );
});

describeWith(['livekit-server', 'turnserver'], 'LiveKit with coturn beside it', () => {
  const scenario = async (protocol: 'udp' | 'tcp', credential: string): Promise<Scenario> => {
    const { port } = await startCoturn();
    const keys = { [key]: secret };
    const turn_servers = [{ host: '127.0.0.1', port, protocol, username: 'ana', credential }];
    const rtc = {
      node_ip: '127.0.0.1',
      tcp_port: await freePort(),
      udp_port: await freePort(),
      turn_servers,
    };
    const server = await startLiveKit(keys, { rtc });
    onTestFinished(server.stop);
    const files = externalAt(server.url, server.url.replace('http', 'ws'));
    return { live: true, files, args: ['--only', 'turn/unavailable'] };
  };
  recreates('turn/unavailable', 'clients are given wrong credentials', () => scenario('udp', 'wrong'), {
    message: /turn:127\.0\.0\.1:\d+: it refuses an allocation: 401/,
    hint: /rtc\.turn_servers/,
  });
  test.each(['udp', 'tcp'] as const)('has nothing wrong with it over %s', async (protocol) => {
    const ran = await doctor(await scenario(protocol, 'password'), '--json');
    expect(ran.json().checks).toEqual([expect.objectContaining({ status: 'pass', findings: [] })]);
  });
});

describeWith(['nginx'], 'nginx in front of LiveKit', () => {
  const startNginx = async (location: (sfu: number) => string) => {
    const [sfu, port] = [await livekit(), await freePort()];
    await start('nginx', port, (directory) => {
      const server = `server { listen 127.0.0.1:${port}; ${location(sfu)} }`;
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${directory}/${name};`,
      );
      writeFileSync(
        join(directory, 'nginx.conf'),
        `daemon off; pid ${directory}/pid; error_log ${directory}/error; events {} http { access_log off; ${paths.join(' ')} ${server} }`,
      );
      return ['-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error')];
    });
    return { sfu, port };
  };
  const pass = (sfu: number) => `proxy_pass http://127.0.0.1:${sfu};`;
  const upgrade =
    'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;';
  const run = (files: Record<string, string>) =>
    doctor({ live: true, files }, '--json', '--fail-on', 'warning');

  test('that passes everything on has nothing wrong with it', async () => {
    const { sfu, port } = await startNginx((at) => `location / { ${pass(at)} ${upgrade} }`);
    const ran = await run(externalAt(sfu, port));
    expect(
      ran.json().checks.filter((check: { status: string }) => ['warn', 'fail'].includes(check.status)),
    ).toEqual([]);
    expect(ran.status).toBe(0);
  });

  test('with its default headers passes no WebSocket on', async () => {
    const { sfu, port } = await startNginx((at) => `location / { ${pass(at)} }`);
    expect(findingsOf(await run(externalAt(sfu, port)), 'proxy/no-upgrade')).toEqual([
      expect.objectContaining({
        severity: 'error',
        hint: expect.stringContaining('proxy_set_header Upgrade'),
      }),
    ]);
  });

  test('that passes /rtc alone on leaves the API out', async () => {
    const { port } = await startNginx(
      (at) => `location /rtc { ${pass(at)} ${upgrade} } location / { return 404; }`,
    );
    const ran = await run(externalAt(port));
    expect(findingsOf(ran, 'proxy/partial-paths')).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('/twirp') }),
    );
  });

  test('that strips no prefix', async () => {
    const { sfu, port } = await startNginx((at) => `location /livekit { ${pass(at)} ${upgrade} }`);
    const ran = await run(externalAt(sfu, `ws://127.0.0.1:${port}/livekit`));
    expect(findingsOf(ran, 'proxy/no-upgrade')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('/livekit/rtc answers 404') }),
    ]);
  });
});
