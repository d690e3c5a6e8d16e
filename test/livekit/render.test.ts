import { describe, expect, test } from 'vitest';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { type RenderFacts, type RenderInput, renderLiveKit } from '../../src/livekit/render/index.ts';
import { knownVersions } from '../../src/livekit/versions.ts';
import { plainSettings } from '../helpers/render-input.ts';

type Changes = Omit<Partial<RenderInput>, 'server' | 'livekit'> & {
  server?: Partial<RenderInput['server']>;
  livekit?: Partial<RenderInput['livekit']>;
};

const files = { certFile: '/etc/bedrud/cert.pem', keyFile: '/etc/bedrud/key.pem' };
const tls = { mode: 'manual', ...files } as const;

function input({ server, livekit, ...rest }: Changes = {}): RenderInput {
  return {
    server: { host: '0.0.0.0', port: 8090, ...server },
    tls: { mode: 'none' },
    livekit: { ...plainSettings, ...livekit },
    ...rest,
  };
}

function facts(changes: Partial<RenderFacts> = {}): RenderFacts {
  return { version: '1.13.5', outboundIp: '203.0.113.7', ...changes };
}

function ids(findings: { id: string }[]): string[] {
  return findings.map(({ id }) => id);
}

describe('what every file holds', () => {
  test('port, keys, media ports, webhook, and nothing that was not asked for', () => {
    const { config, findings } = renderLiveKit(input(), facts());
    expect(config).toEqual({
      port: 7880,
      keys: { APIkey: 'a-secret-of-at-least-32-characters' },
      rtc: {
        tcp_port: 7881,
        port_range_start: 50000,
        port_range_end: 60000,
        node_ip: '203.0.113.7',
        use_external_ip: false,
      },
      webhook: { urls: ['http://127.0.0.1:8090/api/livekit/webhook'], api_key: 'APIkey' },
    });
    expect(findings).toEqual([]);
  });

  test('a missing secret is an error, not a file with an empty one', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { apiKey: 'APIkey', apiSecret: undefined } as never }),
      facts(),
    );
    expect(config).not.toHaveProperty('keys');
    expect(findings).toMatchObject([
      { id: 'keys/missing', severity: 'error', pointer: '/livekit/apiSecret' },
    ]);
  });

  test('the same input makes the same text', () => {
    const render = () => renderLiveKit(input({ tls, server: { domain: 'meet.example.com' } }), facts()).yaml;
    expect(render()).toBe(render());
    expect(render().split('\n')[0]).toMatch(
      /^# LiveKit configuration for livekit-server 1\.13\.5, rendered by bedrud /,
    );
  });
});

describe('node_ip', () => {
  test.each([
    { nodeIP: '198.51.100.1', host: '192.0.2.9', address: '198.51.100.1', found: [] },
    { host: '192.0.2.9', address: '192.0.2.9', found: [] },
    { host: '10.0.0.5', address: '10.0.0.5', found: ['node-ip/private-behind-nat'] },
    { host: '0.0.0.0', address: '203.0.113.7', found: [] },
    { host: '::', address: '203.0.113.7', found: [] },
    { host: '127.0.0.1', address: '203.0.113.7', found: [] },
    { host: '127.0.0.1', dev: true, address: '127.0.0.1', found: [] },
    { host: '169.254.1.1', address: '203.0.113.7', found: [] },
    { host: '224.0.0.1', address: '203.0.113.7', found: [] },
    { host: 'meet.example.com', address: '203.0.113.7', found: [] },
    { nodeIP: '127.0.0.1', host: '0.0.0.0', address: '127.0.0.1', found: ['node-ip/loopback'] },
    { nodeIP: 'meet.example.com', host: '0.0.0.0', address: '203.0.113.7', found: ['node-ip/invalid'] },
    { nodeIP: '0.0.0.0', host: '192.0.2.9', address: '192.0.2.9', found: ['node-ip/invalid'] },
  ])('nodeIP $nodeIP, host $host, dev $dev: $address', ({ nodeIP, host, dev, address, found }) => {
    const { config, findings } = renderLiveKit(
      input({ server: { host }, livekit: nodeIP ? { nodeIP } : {}, ...(dev ? { dev } : {}) }),
      facts(),
    );
    expect(config['rtc']).toMatchObject({ node_ip: address, use_external_ip: false });
    expect(ids(findings)).toEqual(found);
  });

  test('no address at all: LiveKit asks a STUN server', () => {
    const { config, findings } = renderLiveKit(input(), { version: '1.13.5' });
    expect(config['rtc']).toMatchObject({ use_external_ip: true });
    expect(config['rtc']).not.toHaveProperty('node_ip');
    expect(ids(findings)).toEqual(['node-ip/none']);
  });

  test('no address, and asking was ruled out', () => {
    const { config, findings } = renderLiveKit(input({ livekit: { rtc: { useExternalIP: false } } }), {
      version: '1.13.5',
    });
    expect(config['rtc']).toMatchObject({ use_external_ip: false });
    expect(ids(findings)).toEqual(['node-ip/none']);
  });

  test('useExternalIP overrides nodeIP, and says so', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { nodeIP: '198.51.100.1', rtc: { useExternalIP: true } } }),
      facts(),
    );
    expect(config['rtc']).toMatchObject({ use_external_ip: true });
    expect(config['rtc']).not.toHaveProperty('node_ip');
    expect(ids(findings)).toEqual(['node-ip/overridden']);
  });
});

describe('TURN with server TLS', () => {
  const covering = { names: ['meet.example.com', '*.turn.example.com'] };

  test('uses the server certificate and name', () => {
    const { config, findings } = renderLiveKit(
      input({ tls, server: { host: 'meet.example.com', port: 443 } }),
      facts({ certificate: covering }),
    );
    expect(config['turn']).toEqual({
      enabled: true,
      domain: 'meet.example.com',
      udp_port: 3478,
      tls_port: 5349,
      cert_file: files.certFile,
      key_file: files.keyFile,
    });
    expect(config['webhook']).toMatchObject({ urls: ['https://meet.example.com/api/livekit/webhook'] });
    expect(findings).toEqual([]);
  });

  test.each([
    {
      from: 'livekit.turn.domain',
      turn: { domain: 'a.turn.example.com' },
      host: 'b.example.com',
      domain: 'c.example.com',
      is: 'a.turn.example.com',
    },
    {
      from: 'server.host',
      turn: {},
      host: 'meet.example.com',
      domain: 'c.example.com',
      is: 'meet.example.com',
    },
    { from: 'server.domain', turn: {}, host: '0.0.0.0', domain: 'MEET.example.com', is: 'MEET.example.com' },
    { from: 'the certificate', turn: {}, host: '192.0.2.9', domain: undefined, is: 'meet.example.com' },
  ])('domain from $from', ({ turn, host, domain, is }) => {
    const { config } = renderLiveKit(
      input({ tls, server: { host, port: 443, ...(domain ? { domain } : {}) }, livekit: { turn } }),
      facts({ certificate: covering }),
    );
    expect(config['turn']).toMatchObject({ domain: is, tls_port: 5349 });
  });

  test.each([
    { domain: '192.0.2.9', says: 'is an IP address' },
    { domain: '2001:db8::7', says: 'is an IP address' },
    { domain: '0.0.0.0', says: 'stands for every interface' },
    { domain: 'localhost', says: 'means this machine only' },
    { domain: 'turn', says: 'is a single label' },
    { domain: 'https://turn.example.com', says: 'is a URL' },
    { domain: 'turn.example.com:5349', says: 'has a port in it' },
    { domain: 'my_turn.example.com', says: 'has an underscore' },
    { domain: '*.example.com', says: 'is a wildcard' },
    { domain: 'bücher.example.com', says: 'is not a host name' },
  ])('$domain will not do: UDP only', ({ domain, says }) => {
    const { config, findings } = renderLiveKit(
      input({ tls, server: { host: 'meet.example.com', port: 443 }, livekit: { turn: { domain } } }),
      facts({ certificate: covering }),
    );
    expect(config['turn']).toEqual({ enabled: true, udp_port: 3478 });
    expect(findings).toMatchObject([{ id: 'turn/domain-unusable', severity: 'warning' }]);
    expect(findings[0]?.message).toContain(`(${domain}) ${says}`);
    expect(findings[0]?.hint).toContain('livekit.turn.domain');
  });

  test.each(['other.example.com', 'a.b.turn.example.com', 'turn.example.com'])(
    'a certificate that does not cover %s: UDP only',
    (host) => {
      const { config, findings } = renderLiveKit(
        input({ tls, server: { host, port: 443 } }),
        facts({ certificate: covering }),
      );
      expect(config['turn']).toEqual({ enabled: true, udp_port: 3478 });
      expect(findings).toMatchObject([{ id: 'turn/cert-name' }]);
      expect(findings[0]?.message).toContain(host);
    },
  );

  test('a name that does not resolve is written, with a warning', () => {
    const { config, findings } = renderLiveKit(
      input({ tls, server: { host: 'meet.example.com', port: 443 } }),
      facts({ certificate: covering, unresolvable: ['meet.example.com'] }),
    );
    expect(config['turn']).toMatchObject({ domain: 'meet.example.com', tls_port: 5349 });
    expect(findings).toMatchObject([{ id: 'turn/domain-unresolvable', severity: 'warning' }]);
  });

  test('a certificate that is not on this host is written, with a warning', () => {
    const { config, findings } = renderLiveKit(
      input({ tls, server: { host: 'meet.example.com', port: 443 } }),
      facts({ certificate: { names: [], problem: { text: 'no such file', missing: true } } }),
    );
    expect(config['turn']).toMatchObject({ tls_port: 5349, cert_file: files.certFile });
    expect(findings).toMatchObject([{ id: 'turn/cert-unread', severity: 'warning' }]);
  });

  test('a pair that cannot be loaded: UDP only', () => {
    const { config, findings } = renderLiveKit(
      input({ tls, server: { host: 'meet.example.com', port: 443 } }),
      facts({ certificate: { names: [], problem: { text: 'not its key', missing: false } } }),
    );
    expect(config['turn']).toEqual({ enabled: true, udp_port: 3478 });
    expect(findings).toMatchObject([{ id: 'turn/cert-unusable', severity: 'error' }]);
  });

  test('an ACME certificate is no file: UDP only', () => {
    const { config, findings } = renderLiveKit(
      input({ tls: { mode: 'acme', domain: 'meet.example.com' }, server: { port: 443 } }),
      facts(),
    );
    expect(config['turn']).toEqual({ enabled: true, udp_port: 3478 });
    expect(ids(findings)).toEqual(['turn/no-certificate']);
  });

  test.each([
    { why: 'the API is not on 443', changes: { server: { port: 8443 } }, severity: 'warning' },
    {
      why: 'the SFU is external',
      changes: { livekit: { external: true, nodeIP: '198.51.100.1' } },
      severity: 'warning',
    },
    { why: 'TLS ends elsewhere', changes: { livekit: { turn: { externalTLS: true } } }, severity: 'info' },
    { why: 'both want 443', changes: { livekit: { turn: { tlsPort: 443 } } }, severity: 'error' },
  ])('says that clients are told port 443: $why', ({ changes, severity }) => {
    const { findings } = renderLiveKit(
      input({ tls, ...changes, server: { host: 'meet.example.com', port: 443, ...changes.server } }),
      facts({ certificate: covering }),
    );
    expect(findings).toMatchObject([{ id: 'turn/port-443', severity }]);
    expect(findings[0]?.message).toContain('443');
  });

  test('can be switched off', () => {
    const { config } = renderLiveKit(input({ tls, livekit: { turn: { enabled: false } } }), facts());
    expect(config).not.toHaveProperty('turn');
  });

  test('without server TLS it runs over UDP when asked for', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { turn: { enabled: true, relayRangeStart: 30000, relayRangeEnd: 30100 } } }),
      facts(),
    );
    expect(config['turn']).toEqual({
      enabled: true,
      udp_port: 3478,
      relay_range_start: 30000,
      relay_range_end: 30100,
    });
    expect(findings).toEqual([]);
  });

  test('with no port left it is off, and that is an error', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { turn: { enabled: true, udpPort: 0 } } }),
      facts(),
    );
    expect(config).not.toHaveProperty('turn');
    expect(findings).toMatchObject([{ id: 'turn/no-port', severity: 'error' }]);
  });
});

describe('what differs between releases', () => {
  const turn = { enabled: true };

  test.each([
    { version: '1.13.5', nodeIP: '10.0.0.5', turn: { allow_restricted_peer_cidrs: ['10.0.0.5/32'] } },
    { version: '1.12.0', nodeIP: '127.0.0.1', turn: { allow_restricted_peer_cidrs: ['127.0.0.1/32'] } },
    {
      version: '1.13.5',
      nodeIP: 'fd00::5',
      turn: { bind_addresses: ['::'], allow_restricted_peer_cidrs: ['fd00::5/128'] },
    },
    { version: '1.13.5', nodeIP: '203.0.113.7', turn: {} },
    { version: '1.11.0', nodeIP: '10.0.0.5', turn: {} },
    { version: '1.11.0', nodeIP: '2001:db8::7', turn: { bind_addresses: ['::'] } },
  ])('TURN on $version with $nodeIP', ({ version, nodeIP, turn: expected }) => {
    const { config } = renderLiveKit(input({ livekit: { nodeIP, turn } }), facts({ version }));
    expect(config['turn']).toEqual({ enabled: true, udp_port: 3478, ...expected });
  });

  test('an IPv6 address makes a broken TURN URL before 1.10.1', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { nodeIP: '2001:db8::7', turn } }),
      facts({ version: '1.9.12' }),
    );
    expect(config).not.toHaveProperty('turn');
    expect(ids(findings)).toContain('turn/ipv6-url');
  });

  test('livekit.tls is written up to 1.11, and says what the releases tested do', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { tls: files } }),
      facts({ version: '1.11.0' }),
    );
    expect(config['tls']).toEqual({ cert_file: files.certFile, key_file: files.keyFile });
    expect(findings).toMatchObject([{ id: 'livekit/tls-removed', severity: 'warning' }]);
    expect(findings[0]?.message).toMatch(/guide.*field tls not found/);
  });

  test('livekit.tls is an error from 1.12 that names the schemes to use', () => {
    const { config, findings } = renderLiveKit(
      input({ livekit: { tls: files } }),
      facts({ version: '1.12.0' }),
    );
    expect(config).not.toHaveProperty('tls');
    expect(findings).toMatchObject([{ id: 'livekit/tls-removed', severity: 'error' }]);
    expect(findings[0]?.hint).toMatch(/http:\/\/.*ws:\/\//);
  });

  test.each([
    { version: '1.5.2', redis: { use_tls: true } },
    { version: '1.5.3', redis: { tls: { enabled: true } } },
  ])('Redis over TLS on $version', ({ version, redis }) => {
    const { config } = renderLiveKit(
      input({ livekit: { redis: { address: 'redis:6379', password: 'redis-secret', tls: true } } }),
      facts({ version }),
    );
    expect(config['redis']).toEqual({ address: 'redis:6379', password: 'redis-secret', ...redis });
  });

  test('keys that a release does not know are left out, with the reason', () => {
    const { config, findings } = renderLiveKit(
      input({
        livekit: {
          room: { empty_timeout: 300, create_room_enabled: true },
          overrides: { agents: { target_load: 0.5 }, rtc: { nod_ip: '192.0.2.1', use_ice_lite: true } },
        },
      }),
      facts({ version: '1.9.2' }),
    );
    expect(config['room']).toEqual({ empty_timeout: 300, create_room_enabled: true });
    expect(config['agents']).toEqual({});
    expect(config['rtc']).toMatchObject({ use_ice_lite: true, node_ip: '203.0.113.7' });
    expect(findings).toMatchObject([
      { id: 'livekit/too-new-key', pointer: '/livekit/overrides/agents/target_load' },
      { id: 'livekit/unknown-key', pointer: '/livekit/overrides/rtc/nod_ip', hint: 'did you mean node_ip?' },
    ]);
    const newest = renderLiveKit(input({ livekit: { room: { create_room_enabled: true } } }), facts());
    expect(newest.findings).toMatchObject([
      { id: 'livekit/removed-key', pointer: '/livekit/room/create_room_enabled' },
    ]);
  });

  test('names of rooms and fields of protobuf messages pass', () => {
    const room_configurations = { 'my room': { emptyTimeout: 300, max_participants: 5 } };
    const { config, findings } = renderLiveKit(
      input({ livekit: { room: { room_configurations } } }),
      facts(),
    );
    expect(config['room']).toEqual({ room_configurations });
    expect(findings).toEqual([]);
  });
});

describe('overrides', () => {
  test('are merged last: sections by key, lists and values replaced', () => {
    const { config } = renderLiveKit(
      input({
        livekit: {
          room: { enabled_codecs: [{ mime: 'audio/opus' }, { mime: 'video/vp8' }], empty_timeout: 300 },
          overrides: { port: 7900, room: { enabled_codecs: [{ mime: 'audio/opus' }] } },
        },
      }),
      facts(),
    );
    expect(config).toMatchObject({
      port: 7900,
      room: { empty_timeout: 300, enabled_codecs: [{ mime: 'audio/opus' }] },
    });
  });
});

describe('the webhook', () => {
  test.each([
    { host: '0.0.0.0', url: 'http://127.0.0.1:8090/api/livekit/webhook' },
    { host: '::', url: 'http://[::1]:8090/api/livekit/webhook' },
    { host: '192.0.2.9', url: 'http://192.0.2.9:8090/api/livekit/webhook' },
    { host: 'meet.example.com', url: 'http://127.0.0.1:8090/api/livekit/webhook' },
  ])('goes to the server at $host', ({ host, url }) => {
    expect(renderLiveKit(input({ server: { host } }), facts()).config['webhook']).toMatchObject({
      urls: [url],
    });
  });

  test('goes where the configuration says, before where the server listens', () => {
    const webhookUrl = 'http://127.0.0.1:4000/hook';
    const { config } = renderLiveKit(input({ webhookUrl }), facts());
    expect(config['webhook']).toMatchObject({ urls: [webhookUrl] });
    const named = renderLiveKit(
      input({ webhookUrl, livekit: { webhook: { url: 'http://b/hook' } } }),
      facts(),
    );
    expect(named.config['webhook']).toMatchObject({ urls: ['http://b/hook'] });
  });

  test('warns where no name can be verified', () => {
    const { findings } = renderLiveKit(
      input({ tls, livekit: { turn: { enabled: false } } }),
      facts({ certificate: { names: [] } }),
    );
    expect(ids(findings)).toEqual(['webhook/unverifiable']);
  });
});

describe('for an external LiveKit', () => {
  const external = { external: true };
  test("this host's addresses are not taken for its own", () => {
    const { config, findings } = renderLiveKit(
      input({ server: { host: '192.0.2.9', domain: 'meet.example.com' }, livekit: external }),
      facts(),
    );
    expect(config['rtc']).toMatchObject({ use_external_ip: true });
    expect(config['rtc']).not.toHaveProperty('node_ip');
    expect(config['webhook']).toMatchObject({ urls: ['http://meet.example.com:8090/api/livekit/webhook'] });
    expect(ids(findings)).toEqual(['node-ip/none']);
  });

  test('the webhook needs an address that LiveKit can reach', () => {
    const { findings } = renderLiveKit(input({ livekit: { ...external, nodeIP: '198.51.100.1' } }), facts());
    expect(ids(findings)).toEqual(['webhook/localhost']);
  });
});

test('udpPort replaces the range; both together are pointed out', () => {
  const single = renderLiveKit(input({ livekit: { rtc: { udpPort: 7882 } } }), facts());
  expect(single.config['rtc']).toMatchObject({ udp_port: 7882 });
  expect(single.config['rtc']).not.toHaveProperty('port_range_start');
  const both = renderLiveKit(
    input({ livekit: { rtc: { udpPort: 7882, portRangeStart: 51000, portRangeEnd: 52000 } } }),
    facts(),
  );
  expect(both.config['rtc']).toMatchObject({ port_range_start: 51000, port_range_end: 52000 });
  expect(both.config['rtc']).not.toHaveProperty('udp_port');
  expect(ids(both.findings)).toEqual(['rtc/range-and-mux']);
});

describe('the linter has nothing against a rendered file', () => {
  /** Known of a release, or of where TURN is reached: not the file's to mend. */
  const outside = ['version/known-bad', 'turn/port-443'];
  const meet = { host: 'meet.example.com', port: 443 };

  test.each([
    { name: 'the defaults', changes: {} },
    { name: 'no address known', changes: {}, outboundIp: undefined },
    { name: 'TLS', changes: { tls, server: meet } },
    { name: 'TLS on an IPv6 address', changes: { tls, server: meet, livekit: { nodeIP: '2001:db8::7' } } },
    { name: 'a private address', changes: { tls, server: meet, livekit: { nodeIP: '10.0.0.5' } } },
    {
      name: 'Redis',
      changes: { livekit: { redis: { address: 'redis:6379', password: 'redis-secret', tls: true } } },
    },
    { name: 'newer keys', changes: { livekit: { overrides: { agents: { target_load: 0.5 } } } } },
  ] as { name: string; changes: Changes; outboundIp?: string }[])('$name', ({ changes, ...rest }) => {
    for (const version of knownVersions) {
      const { yaml } = renderLiveKit(input(changes), { ...facts({ version }), ...rest } as RenderFacts);
      const { verdict, findings } = lintLiveKit(yaml, { version });
      const about = findings.filter(({ id, severity }) => severity !== 'info' && !outside.includes(id));
      expect({ verdict, about }, version).toEqual({ verdict: 'starts', about: [] });
    }
  });
});
