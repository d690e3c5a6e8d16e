import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinOnce } from '../../src/doctor/probes/signal.ts';
import { askOverTls, askOverUdp } from '../../src/doctor/probes/turn.ts';
import { atLeast, parseVersion } from '../../src/livekit/versions.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { doctor, key, secret } from '../doctor/recreate.ts';
import { externalAt } from '../doctor/servers.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';

const certificate = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

describeWith(['livekit-server'], 'a real LiveKit with TURN', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'bedrud-live-'));
  let child: ChildProcess;
  let port: number;
  let udp: number;
  let tls: number;
  let yaml: string;

  beforeAll(async () => {
    [port, udp, tls] = [await freePort(), await freePort(), await freePort()];
    const tcp = await freePort();
    yaml = `port: ${port}
keys:
  ${key}: ${secret}
rtc:
  node_ip: 127.0.0.1
  tcp_port: ${tcp}
  port_range_start: 42000
  port_range_end: 42999
turn:
  enabled: true
  udp_port: ${udp}${atLeast(version, '1.12.0') ? '\n  allow_restricted_peer_cidrs: [127.0.0.1/32]' : ''}
webhook:
  urls: []
`;
    const withTls = yaml.replace(
      'webhook:',
      `  tls_port: ${tls}
  domain: meet.example.com
  cert_file: ${certificate('meet.pem')}
  key_file: ${certificate('meet.key')}
webhook:`,
    );
    writeFileSync(join(directory, 'livekit.yaml'), withTls);
    child = spawn(binary, ['--config', join(directory, 'livekit.yaml')], { stdio: 'ignore' });
    await until('livekit-server answers', () =>
      fetch(`http://127.0.0.1:${port}`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });
  afterAll(() => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  const joined = async () => {
    const token = mintToken({ apiKey: key, apiSecret: secret }, { identity: 'ana', room: 'doctor' });
    const options = { token, skipTLSVerify: false, timeoutMs: 3_000, signal: new AbortController().signal };
    const answer = await joinOnce(new URL(`http://127.0.0.1:${port}`), options);
    if (answer.kind !== 'joined') throw new Error(JSON.stringify(answer));
    return answer;
  };

  test('a join tells its version and where it relays', async () => {
    const { version: told, iceServers } = await joined();
    expect(told).toBe(version);
    expect(iceServers.flatMap(({ urls }) => urls)).toContainEqual(
      expect.stringContaining('turns:meet.example.com:443'),
    );
  });

  test.each([
    ['UDP', () => askOverUdp({ host: '127.0.0.1', port: udp, timeoutMs: 3_000 }, undefined)],
    ['TLS', () => askOverTls({ host: '127.0.0.1', port: tls, timeoutMs: 3_000 }, undefined)],
  ])('answers STUN over %s', async (_, ask) => {
    expect(await ask()).toMatchObject({ ok: true, mapped: '127.0.0.1' });
  });

  test.each(['UDP', 'TLS'])('relays over %s for who it let in, and for nobody else', async (transport) => {
    const { iceServers } = await joined();
    const credentials = iceServers.find(({ credentials }) => credentials.username !== '')?.credentials;
    if (credentials === undefined) throw new Error('no credentials');
    const target = { host: '127.0.0.1', port: transport === 'UDP' ? udp : tls, timeoutMs: 3_000 };
    const ask = transport === 'UDP' ? askOverUdp : askOverTls;
    expect(await ask(target, credentials)).toMatchObject({ ok: true, relayed: '127.0.0.1' });
    expect(await ask(target, { ...credentials, password: 'wrong' })).toMatchObject({
      ok: false,
      problem: expect.stringContaining('refuses an allocation'),
    });
  });

  test('has nothing wrong with it, and no room is left behind', async () => {
    const ours = `https://meet.example.com/api/livekit/webhook`;
    const files = {
      ...externalAt(port),
      'livekit.yaml': yaml.replace('urls: []', `urls: ["${ours}"]\n  api_key: ${key}`),
    };
    const skip = ['--skip', 'webhook/unreachable,webhook/redirect,turn/port-443,version'];
    const args = ['--livekit-config', 'livekit.yaml', '--json', '--fail-on', 'warning', ...skip];
    const ran = await doctor({ live: true, files, args });
    const findings = ran.json().checks.flatMap((check: { findings: object[] }) => check.findings);
    expect(findings.filter((finding: { severity?: string }) => finding.severity !== 'info')).toEqual([]);
    expect(ran.status).toBe(0);
    await until('the room is gone', async () => {
      const { rooms } = await listRooms(port);
      return rooms.every(({ name }) => !name.startsWith('bedrud-doctor'));
    });
  });
});

async function listRooms(port: number): Promise<{ rooms: { name: string }[] }> {
  const token = mintToken({ apiKey: key, apiSecret: secret }, { grants: { video: { roomList: true } } });
  const response = await fetch(`http://127.0.0.1:${port}/twirp/livekit.RoomService/ListRooms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return (await response.json()) as { rooms: { name: string }[] };
}
