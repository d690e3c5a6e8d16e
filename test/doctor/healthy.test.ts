import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { freePort } from '../helpers/ports.ts';
import { config, doctor, external, key, type Scenario, secret } from './recreate.ts';
import { externalAt, livekit, proxy } from './servers.ts';

/** Every one of these works, so that whatever is said of it is a false alarm. */
async function nothingWrong(scenario: Scenario, atLeast: number): Promise<void> {
  const ran = await doctor(scenario, '--json', '--fail-on', 'warning');
  const { checks, summary } = ran.json<Diagnosis>();
  const alarms = checks.flatMap(({ findings }): Finding[] =>
    findings.filter(({ severity }) => severity !== 'info'),
  );
  expect(alarms).toEqual([]);
  expect(ran.status).toBe(0);
  expect(summary.pass).toBeGreaterThan(atLeast);
}

const certificate = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const binary = {
  LIVEKIT_SERVER_BIN: new URL('../sfu/fixtures/fake-livekit-server', import.meta.url).pathname,
};

/** The lines of `livekit:` that keep it off ports which another suite may have at the moment. */
async function portsOfOurs(): Promise<string> {
  return `port: ${await freePort()}\nrtc: {tcpPort: ${await freePort()}}`;
}

test('embedded', async () => {
  await nothingWrong({ env: binary, files: { 'config.yaml': config({ livekit: await portsOfOurs() }) } }, 60);
});

test('embedded, with TLS and TURN', async () => {
  // Git keeps no such modes.
  chmodSync(certificate('meet.key'), 0o600);
  const server = `port: 443
enableTLS: true
domain: meet.example.com
certFile: ${certificate('meet.pem')}
keyFile: ${certificate('meet.key')}`;
  const turn = `turn: {domain: meet.example.com, udpPort: ${await freePort()}, tlsPort: 0}`;
  // Whether the name resolves is this machine's business, and not asked here.
  const text = config({ server, livekit: `${await portsOfOurs()}\n${turn}` }).replace('  port: 8090\n', '');
  await nothingWrong({ env: binary, files: { 'config.yaml': text } }, 60);
});

test('external, behind a proxy', async () => {
  const sfu = await livekit();
  await nothingWrong({ live: true, files: externalAt(sfu, await proxy(sfu, {})) }, 10);
});

test('a compose file with its LiveKit and egress files', async () => {
  const files = {
    'config.yaml': config({ livekit: external }).replace('  nodeIP: 192.0.2.7\n', ''),
    'compose.yaml': `services:
  bedrud:
    image: bedrud/bedrud:1.4.0
    ports: ["8090:8090"]
  redis:
    image: redis:7
    command: redis-server --requirepass $$REDIS_PASSWORD
  livekit:
    image: livekit/livekit-server:v1.13.5
    command: --config /etc/livekit.yaml
    network_mode: host
    restart: unless-stopped
    volumes: ["./livekit.yaml:/etc/livekit.yaml:ro"]
  egress:
    image: livekit/egress:v1.9.0
    restart: unless-stopped
`,
    'livekit.yaml': `port: 7880
keys:
  ${key}: ${secret}
rtc:
  node_ip: 203.0.113.7
  tcp_port: 7881
  port_range_start: 50000
  port_range_end: 60000
redis:
  address: redis:6379
  password: a-password-of-redis-0123456789
turn:
  enabled: true
  udp_port: 3478
webhook:
  urls: ["https://meet.example.com/api/livekit/webhook"]
  api_key: ${key}
`,
    'egress.yaml': `api_key: ${key}
api_secret: ${secret}
ws_url: ws://127.0.0.1:7880
redis:
  address: redis:6379
  password: a-password-of-redis-0123456789
storage:
  s3:
    bucket: recordings
    endpoint: http://minio:9000
    access_key: bedrud
    secret: a-secret-of-minio-0123456789
    force_path_style: true
`,
  };
  const args = [
    '--livekit-config',
    'livekit.yaml',
    '--egress-config',
    'egress.yaml',
    '--compose',
    'compose.yaml',
  ];
  await nothingWrong({ files, args }, 60);
});
