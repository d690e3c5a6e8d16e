import { createHook } from 'node:async_hooks';
import { Socket } from 'node:dgram';
import { expect, test, vi } from 'vitest';
import { config, doctor, key, type Scenario, secret } from './recreate.ts';

/** What Node.js calls looking a name up and connecting, whichever module asks for it. */
const network = ['GETADDRINFOREQWRAP', 'QUERYWRAP', 'TCPCONNECTWRAP', 'PIPECONNECTWRAP'];

/** Runs doctor. @returns what of {@link network} it did, and whether it sent datagrams */
async function sendingOf(scenario: Scenario): Promise<string[]> {
  const seen = new Set<string>();
  let datagrams = 0;
  const hook = createHook({ init: (_, type) => void seen.add(type) }).enable();
  // A datagram that leaves at once makes no resource.
  const send = vi.spyOn(Socket.prototype, 'send');
  try {
    const ran = await doctor({ ...scenario, args: [...(scenario.args ?? []), '--json'] });
    expect(ran.json()).toHaveProperty('checks');
    datagrams = send.mock.calls.length;
  } finally {
    hook.disable();
    send.mockRestore();
  }
  return [...network.filter((type) => seen.has(type)), ...(datagrams > 0 ? ['a datagram'] : [])];
}

const names = 'turn: {enabled: true, domain: turn.invalid, udpPort: 3478, tlsPort: 5349, externalTLS: true}';
const embedded: Scenario = {
  files: { 'config.yaml': config({ livekit: `host: ws://meet.invalid\n${names}` }) },
};
const everything: Scenario = {
  files: {
    'config.yaml': config({
      livekit: 'external: true\nhost: ws://meet.invalid\ninternalHost: http://127.0.0.1:9',
    }),
    'livekit.yaml': `keys: {${key}: ${secret}}
bind_addresses: [localhost]
rtc: {use_external_ip: true, stun_servers: ["127.0.0.1:9"]}
turn: {enabled: true, domain: turn.invalid, udp_port: 3478, tls_port: 5349, external_tls: true}
redis: {address: "127.0.0.1:9"}
webhook: {urls: ["http://127.0.0.1:9/api/livekit/webhook"], api_key: ${key}}
`,
    'egress.yaml': `api_key: ${key}
api_secret: ${secret}
ws_url: ws://127.0.0.1:9
redis: {address: "127.0.0.1:9"}
storage: {s3: {bucket: recordings, endpoint: "http://127.0.0.1:9", access_key: a, secret: b}}
`,
    'compose.yaml': 'services: {livekit: {image: "livekit/livekit-server:v1.13.5", network_mode: host}}',
  },
  args: ['--livekit-config', 'livekit.yaml', '--egress-config', 'egress.yaml', '--compose', 'compose.yaml'],
};

test.each([
  ['embedded', embedded],
  ['with everything named', everything],
])('--offline looks no name up and sends nothing: %s', async (_, scenario) => {
  expect(await sendingOf(scenario)).toEqual([]);
});

test('without it all of that happens', async () => {
  expect(await sendingOf({ ...everything, live: true })).toEqual([
    'GETADDRINFOREQWRAP',
    'TCPCONNECTWRAP',
    'a datagram',
  ]);
});
