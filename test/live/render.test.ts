import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { gatherRenderFacts } from '../../src/livekit/host-facts.ts';
import { portsOf } from '../../src/livekit/ports.ts';
import { type RenderInput, renderLiveKit } from '../../src/livekit/render/index.ts';
import { parseVersion } from '../../src/livekit/versions.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { plainSettings } from '../helpers/render-input.ts';

const files = {
  certFile: fileURLToPath(new URL('../fixtures/tls/meet.pem', import.meta.url)),
  keyFile: fileURLToPath(new URL('../fixtures/tls/meet.key', import.meta.url)),
};
const tls = { mode: 'manual', ...files } as const;
const server = { host: 'meet.example.com', port: 443 };

const inputs: { name: string; input: RenderInput }[] = [
  {
    name: 'the defaults',
    input: { server: { host: '0.0.0.0', port: 8090 }, tls: { mode: 'none' }, livekit: plainSettings },
  },
  { name: 'TLS', input: { server, tls, livekit: { ...plainSettings, nodeIP: '127.0.0.1' } } },
  {
    name: 'TLS, UDP only',
    input: { server: { ...server, host: 'other.example.org' }, tls, livekit: plainSettings },
  },
  {
    name: 'TLS ends elsewhere',
    input: { server, tls, livekit: { ...plainSettings, turn: { externalTLS: true, tlsPort: 5350 } } },
  },
  { name: 'an IPv6 node', input: { server, tls, livekit: { ...plainSettings, nodeIP: '::1' } } },
  {
    name: 'everything at once',
    input: {
      server,
      tls,
      livekit: {
        ...plainSettings,
        apiKey: 'yes',
        apiSecret: '0x1F: "quoted" #secret \\ \u2028 ünïcode 0123456789',
        port: 7890,
        nodeIP: '10.0.0.5',
        rtc: { tcpPort: 7891, udpPort: 7892 },
        turn: { domain: 'a.turn.example.com', udpPort: 3479, relayRangeStart: 30000, relayRangeEnd: 30100 },
        redis: { address: '127.0.0.1:6379', username: 'on', password: '1e3', db: 2, tls: true },
        room: {
          empty_timeout: 300,
          departure_timeout: 20,
          enabled_codecs: [{ mime: 'audio/opus' }, { mime: 'video/vp8', fmtp_line: '' }],
          room_configurations: { 'a b': { maxParticipants: 5 } },
        },
        webhook: { url: 'https://meet.example.com/api/livekit/webhook' },
        logLevel: 'debug',
        overrides: {
          rtc: { congestion_control: { enabled: true }, node_ip: '10.0.0.6' },
          node_selector: { kind: 'regionaware', regions: [{ name: 'eu', lat: 52.5, lon: 1e-7 }] },
          signal_relay: { retry_timeout: '30s' },
          agents: { target_load: 0.5 },
          prometheus_port: 6789,
        },
      },
    },
  },
];

describeWith(['livekit-server'], 'rendered files and a real livekit-server', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  const dir = mkdtempSync(join(tmpdir(), 'bedrud-render-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each(inputs)('$name: parsed strictly, with the ports we list', async ({ input }) => {
    const facts = await gatherRenderFacts(input, version, async () => true);
    const { yaml, config } = renderLiveKit(input, facts);
    const file = join(dir, 'livekit.yaml');
    writeFileSync(file, yaml);
    const printed = execFileSync(binary, ['--config', file, 'ports'], { encoding: 'utf8', env: {} });
    const listed = portsOf(config)
      .filter(({ label }) => label !== undefined)
      .map(
        ({ protocol, from, to, label }) => `${protocol} ${from === to ? from : `${from}-${to}`} - ${label}`,
      );
    expect(new Set(listed)).toEqual(new Set(portLines(printed)));
  });
});

/** `TCP Ports\n7880 - HTTP service\n…` as one line a port, with its protocol. */
function portLines(printed: string): string[] {
  let protocol = '';
  const lines: string[] = [];
  for (const line of printed.split('\n')) {
    const [, heading] = line.match(/^(TCP|UDP) Ports$/) ?? [];
    if (heading) protocol = heading.toLowerCase();
    // livekit-server itself misprints a single udp_port: %!s(int=7892).
    else if (line.includes(' - ')) lines.push(`${protocol} ${line.replace(/^%!s\(int=(\d+)\)/, '$1')}`);
  }
  return lines;
}
