import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { migrateLiveKit } from '../../src/livekit/migrate/index.ts';
import { readConfig } from '../../src/livekit/read-config.ts';

const old = `# mine
port: 7880
prometheus_port: 6789 # for grafana
log_level: debug
keys:
  key: secret   # keep

# TLS, once
tls:
  cert_file: a
  key_file: b
redis:
  address: localhost:6379
  use_tls: true
rtc:
  node_ip: 10.0.0.5
  packet_buffer_size: 400
  congestion_control:
    enabled: true
    probe_mode: padding
room:
  # sizes
  max_metadata_size: 100
  create_room_enabled: true
  empty_timeout: 300
turn: {enabled: true, udp_port: 3478}
video:
  stream_tracker:
    video:
      stream_tracker_type: packet
signal_relay: {enabled: true}
`;

function changes(source: string, to: string, from?: string) {
  const { text, findings } = migrateLiveKit(source, from === undefined ? { to } : { to, from });
  return { text, findings, ids: findings.map(({ id, severity }) => `${severity} ${id}`) };
}

test('an old file for the newest release: comments and order stay', () => {
  const { text, findings } = changes(old, '1.13.5');
  expect(text).toBe(`# mine
port: 7880
prometheus:
  port: 6789 # for grafana
logging:
  level: debug
keys:
  key: secret   # keep

# TLS, once
redis:
  address: localhost:6379
  tls:
    enabled: true
rtc:
  node_ip: 10.0.0.5
  packet_buffer_size_audio: 400
  congestion_control:
    enabled: true
    stream_allocator:
      probe_mode: padding
  packet_buffer_size_video: 400
room:
  # sizes
  empty_timeout: 300
turn: {enabled: true, udp_port: 3478, allow_restricted_peer_cidrs: ["10.0.0.5/32"]}
video:
  stream_tracker_manager:
    video:
      stream_tracker_type: packet
limit:
  max_metadata_size: 100
`);
  const lines = findings.map(({ line, id }) => `${line} ${id}`);
  expect(lines).toEqual(
    expect.arrayContaining([
      '3 livekit/renamed-key',
      '9 livekit/tls-removed',
      '24 livekit/removed-key',
      '26 turn/private-peers',
      '31 livekit/removed-key',
    ]),
  );
});

test.each(['1.5.0', '1.7.2', '1.8.4', '1.9.12', '1.11.0', '1.13.5'])(
  'to %s: accepted there, and nothing is left to change',
  (to) => {
    const { text } = changes(old, to);
    expect(readConfig(text, to).message).toBeUndefined();
    expect(changes(text, to, to)).toMatchObject({ text, ids: [] });
  },
);

describe('back to an older release', () => {
  test('what it knew under another name', () => {
    const { text } = changes(
      'prometheus:\n  port: 6789\nlimit:\n  max_metadata_size: 5\nkeys: {a: b}\n',
      '1.5.3',
    );
    expect(text).toBe('keys: {a: b}\nprometheus_port: 6789\nroom:\n  max_metadata_size: 5\n');
  });

  test('what it did not know is removed, with a warning', () => {
    const { text, ids } = changes('keys: {a: b}\nagents:\n  target_load: 0.5\n', '1.9.0');
    expect(text).toBe('keys: {a: b}\n');
    expect(ids).toEqual(['warning livekit/too-new-key']);
  });

  test.each([
    { node_ip: '"203.0.113.7,2001:db8::7"', is: '203.0.113.7', severity: 'warning' },
    { node_ip: '2001:db8::7, 203.0.113.7', is: '203.0.113.7', severity: 'warning' },
    { node_ip: '{ipv6: 2001:db8::7}', is: '"2001:db8::7"', severity: 'info' },
  ])('node_ip $node_ip', ({ node_ip, is, severity }) => {
    const { text, ids } = changes(`keys: {a: b}\nrtc:\n  node_ip: ${node_ip} # ours\n`, '1.9.12');
    expect(text).toBe(`keys: {a: b}\nrtc:\n  node_ip: ${is} # ours\n`);
    expect(ids).toEqual([`${severity} node-ip/one-address`]);
  });
});

describe('to 1.10 and later', () => {
  test('a mapping under node_ip, which is read as nothing, becomes addresses', () => {
    const { text, ids } = changes(
      'rtc:\n  node_ip:\n    ipv4: 203.0.113.7\n    ipv6: 2001:db8::7\nkeys: {a: b}\n',
      '1.13.5',
    );
    expect(text).toBe('rtc:\n  node_ip: "203.0.113.7,2001:db8::7"\nkeys: {a: b}\n');
    expect(ids).toEqual(['info node-ip/mapping']);
  });

  test('a name under node_ip is for a person to decide', () => {
    const { text, ids } = changes('rtc: {node_ip: meet.example.com}\n', '1.13.5');
    expect(text).toBe('rtc: {node_ip: meet.example.com}\n');
    expect(ids).toEqual(['error node-ip/invalid']);
  });

  test('TURN with an IPv6 node_ip has to be told to listen on it', () => {
    const { text } = changes(
      'rtc: {node_ip: "2001:db8::7"}\nturn:\n  enabled: true\n  udp_port: 3478\n',
      '1.11.0',
    );
    expect(text).toContain('  udp_port: 3478\n  bind_addresses: ["::"]\n');
  });
});

describe('TURN and private addresses from 1.12', () => {
  const keys = 'keys: {a: b}\n';
  const turn = `${keys}turn:\n  enabled: true\n  udp_port: 3478\n`;
  test.each([
    { why: 'a public address', source: `rtc: {node_ip: 203.0.113.7}\n${turn}`, ids: [] },
    { why: 'use_external_ip', source: `rtc: {use_external_ip: true}\n${turn}`, ids: [] },
    { why: 'TURN is off', source: `${keys}rtc: {node_ip: 10.0.0.5}\nturn:\n  enabled: false\n`, ids: [] },
    { why: 'no node_ip', source: turn, ids: ['warning turn/private-peers'] },
    {
      why: 'a private address',
      source: `rtc: {node_ip: 10.0.0.5}\n${turn}`,
      ids: ['info turn/private-peers'],
    },
  ])('$why', ({ source, ids }) => {
    expect(changes(source, '1.12.0', '1.11.0').ids).toEqual(ids);
    expect(changes(source, '1.13.5', '1.12.0').ids).toEqual([]);
  });
});

describe('edits', () => {
  test.each([
    {
      what: 'in a flow mapping, first',
      source: 'room: {create_room_enabled: true, empty_timeout: 5}\n',
      is: 'room: {empty_timeout: 5}\n',
    },
    {
      what: 'in a flow mapping, last',
      source: 'room: {empty_timeout: 5, create_room_enabled: true}\n',
      is: 'room: {empty_timeout: 5}\n',
    },
    {
      what: 'the whole of a section',
      source: 'port: 1\nroom:\n  create_room_enabled: true\nregion: eu\n',
      is: 'port: 1\nregion: eu\n',
    },
    { what: 'the whole of a file', source: 'environment: dev\n', is: '{}\n' },
    {
      what: 'CRLF',
      source: 'port: 1\r\nprometheus_port: 2\r\nregion: eu\r\n',
      is: 'port: 1\r\nprometheus:\r\n  port: 2\r\nregion: eu\r\n',
    },
    {
      what: 'without a last line break',
      source: 'log_level: info\nlogging:\n  json: true',
      is: 'logging:\n  json: true\n  level: info\n',
    },
    {
      what: 'the old key wins over the new',
      source: 'log_level: debug\nlogging:\n  level: info # quiet\n',
      is: 'logging:\n  level: debug # quiet\n',
    },
    { what: 'an empty section', source: 'prometheus:\nprometheus_port: 2\n', is: 'prometheus:\n  port: 2\n' },
    {
      what: 'a deeper indent',
      source: 'redis:\n    address: a:1\n    use_tls: true\n',
      is: 'redis:\n    address: a:1\n    tls:\n      enabled: true\n',
    },
    { what: 'quoted keys', source: '"prometheus_port": 2\n', is: 'prometheus:\n  port: 2\n' },
    {
      what: 'block text and comments behind',
      source: 'environment: |\n  a\n  b\n\n# next\nport: 1\n',
      is: '\n# next\nport: 1\n',
    },
  ])('$what', ({ source, is }) => {
    expect(changes(source, '1.13.5').text).toBe(is);
  });
});

describe('comments', () => {
  test.each([
    {
      what: 'at a key that goes elsewhere goes with it',
      source: 'room:\n  max_metadata_size: 5 # bytes\n  empty_timeout: 5\nlimit:\n  num_tracks: 1\n',
      is: 'room:\n  empty_timeout: 5\nlimit:\n  num_tracks: 1\n  max_metadata_size: 5 # bytes\n',
    },
    {
      what: 'above a key stays',
      source: '# why\nenvironment: dev\nport: 1\n',
      is: '# why\nport: 1\n',
    },
    {
      what: 'behind a quoted # is no part of the value',
      source: 'redis:\n  password: "a # b" # c\n  use_tls: true # d\n',
      is: 'redis:\n  password: "a # b" # c\n  tls:\n    enabled: true # d\n',
    },
  ])('$what', ({ source, is }) => {
    const { text, ids } = changes(source, '1.13.5');
    expect(text).toBe(is);
    expect(ids).not.toContain('info livekit/lost-comment');
  });

  test('that go with a section are said', () => {
    const source = 'tls: # ours\n  # the file\n  cert_file: a # b\nport: 1\n';
    const { text, findings } = changes(source, '1.13.5');
    expect(text).toBe('port: 1\n');
    const lost = findings.filter(({ id }) => id === 'livekit/lost-comment');
    expect(lost.map(({ line, column, message }) => [line, column, message.split(': ')[1]])).toEqual([
      [1, 6, '# ours'],
      [2, 3, '# the file'],
      [3, 16, '# b'],
    ]);
  });
});

describe('what is left for a person', () => {
  test('a key no release knows', () => {
    const { text, findings } = changes('prot: 7880\n', '1.13.5');
    expect(text).toBe('prot: 7880\n');
    expect(findings).toMatchObject([
      { id: 'livekit/unknown-key', severity: 'error', line: 1, hint: 'did you mean port?' },
    ]);
  });

  test('a value that something else refers to', () => {
    const source = 'environment: &e dev\nregion: *e\n';
    const { text, ids } = changes(source, '1.13.5');
    expect(text).toBe(source);
    expect(ids).toEqual(['error livekit/removed-key']);
  });

  test('a value of the wrong kind', () => {
    const { findings } = changes('port: many\n', '1.13.5');
    expect(findings).toMatchObject([{ id: 'livekit/not-migrated', severity: 'error' }]);
    expect(findings[0]?.message).toContain('cannot unmarshal');
  });

  test('a file that is no YAML', () => {
    const { text, findings } = changes('port: [\n', '1.13.5');
    expect(text).toBe('port: [\n');
    expect(findings).toMatchObject([{ id: 'livekit/yaml-syntax', severity: 'error' }]);
  });

  test('the only key in an item of a list leaves an empty one', () => {
    const message = (inner: string) =>
      `room: {room_configurations: {k: {egress: {room: {image_outputs: [{${inner}}]}}}}}\n`;
    const { text } = changes(message('s3: {assume_role_arn: a}'), '1.8.4');
    expect(text).toBe(message(''));
  });

  test('line breaks of a kind that nothing else has: nothing is changed', () => {
    const source = 'port: 1\rkeys: {a: b}\renvironment: dev\r';
    const { text, ids } = changes(source, '1.13.5');
    expect(text).toBe(source);
    expect(ids).toEqual(['error livekit/not-migrated']);
  });

  test('an empty file is left alone', () => {
    expect(changes('', '1.13.5')).toMatchObject({ text: '', findings: [] });
  });
});

test('whatever is broken about a file, migrating ends, and what it calls done is accepted', () => {
  fc.assert(
    fc.property(
      fc.nat(old.length),
      fc.nat(40),
      fc.constantFrom('', ' ', '\n', ': ', '- ', '{', '"', '&a ', '*a', '\t', '\r\n', '<<: *a\n'),
      fc.constantFrom('1.5.0', '1.7.2', '1.9.12', '1.13.5'),
      (at, length, insert, to) => {
        const broken = old.slice(0, at) + insert + old.slice(at + length);
        const { text, findings } = migrateLiveKit(broken, { to });
        if (findings.some(({ severity }) => severity === 'error')) return;
        expect(readConfig(text, to).message).toBeUndefined();
        expect(migrateLiveKit(text, { to }).text).toBe(text);
      },
    ),
    { numRuns: 300 },
  );
});
