import { describe, expect, test } from 'vitest';
import { configRules, semanticRules } from '../../src/config/rules/index.ts';
import { load } from './helper.ts';

const strong = 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E';
const auth = `auth: { jwtSecret: ${strong} }\n`;
const keys = `apiKey: bedrud, apiSecret: ${strong}`;
const external = `external: true, host: wss://sfu.example.com, internalHost: https://sfu.example.com, ${keys}`;

/** Each: what breaks the rule, where, and what the message says; then the nearest thing that doesn't break it. */
const cases: { id: string; bad: string; path: string; says: string; severity?: string; good: string }[] = [
  {
    id: 'config/tls-pair',
    bad: 'server: { enableTLS: true, certFile: /dev/null }',
    path: '/server/certFile',
    says: 'server.keyFile is missing',
    good: 'server: { enableTLS: false, certFile: /dev/null }',
  },
  {
    id: 'config/tls-pair',
    bad: 'livekit: { turn: { keyFile: k.pem } }',
    path: '/livekit/turn/keyFile',
    says: 'livekit.turn.certFile is missing',
    good: 'livekit: { turn: { keyFile: k.pem, certFile: c.pem } }',
  },
  {
    id: 'config/file-missing',
    severity: 'warning',
    bad: 'server: { enableTLS: true, certFile: no.pem, keyFile: config.yaml }',
    path: '/server/certFile',
    says: 'server.certFile is no.pem',
    good: 'server: { enableTLS: true, certFile: config.yaml, keyFile: config.yaml }',
  },
  {
    id: 'config/acme',
    bad: 'server: { enableTLS: true, useACME: true }',
    path: '/server/useACME',
    says: 'server.domain is missing',
    good: 'server: { enableTLS: true, useACME: true, domain: meet.example.com }',
  },
  {
    id: 'config/acme',
    bad: 'server: { enableTLS: true, useACME: true, domain: 203.0.113.7 }',
    path: '/server/domain',
    says: 'gives no certificate',
    good: 'server: { enableTLS: true, domain: 203.0.113.7 }',
  },
  {
    id: 'config/acme',
    severity: 'warning',
    bad: 'server: { useACME: true, domain: a.example }',
    path: '/server/useACME',
    says: 'server.enableTLS is false',
    good: 'server: { useACME: false }',
  },
  {
    id: 'config/acme',
    bad: 'server: { enableTLS: true, useACME: true, domain: a.example, acme: { challenge: dns-01 } }',
    path: '/server/acme/challenge',
    says: 'dnsProvider is missing',
    good: 'server: { enableTLS: true, useACME: true, domain: a.example, acme: { challenge: http-01 } }',
  },
  {
    id: 'config/host-name',
    bad: 'server: { domain: "https://meet.example.com/" }',
    path: '/server/domain',
    says: 'expected a name',
    good: 'server: { domain: meet.example.com, host: "::1" }',
  },
  {
    id: 'config/trusted-proxies',
    bad: 'server: { behindProxy: true }',
    path: '/server/behindProxy',
    says: 'trustedProxies is empty',
    good: 'server: { behindProxy: true, trustedProxies: [127.0.0.1] }',
  },
  {
    id: 'config/trusted-proxies',
    bad: 'server: { trustedProxies: [10.0.0.0/8, 10.0.0.0/40] }',
    path: '/server/trustedProxies/1',
    says: '"10.0.0.0/40"',
    good: 'server: { trustedProxies: ["2001:db8::/32", 192.0.2.1] }',
  },
  {
    id: 'config/insecure-origin',
    severity: 'info',
    bad: 'server: { domain: meet.example.com }',
    path: '/server/domain',
    says: 'no camera',
    good: 'server: { domain: meet.localhost }',
  },
  {
    id: 'config/cors',
    bad: 'cors: { allowedOrigins: "*", allowCredentials: true }',
    path: '/cors/allowedOrigins',
    says: 'browsers refuse',
    good: 'cors: { allowedOrigins: "*" }',
  },
  {
    id: 'config/cors',
    severity: 'warning',
    bad: 'cors: { allowedOrigins: "https://a.example/" }',
    path: '/cors/allowedOrigins',
    says: '"https://a.example/"',
    good: 'cors: { allowedOrigins: "https://a.example, http://b.example:81" }',
  },
  {
    id: 'config/incomplete',
    bad: 'database: { type: postgres, host: db, user: u }',
    path: '/database/type',
    says: 'database.dbname is missing',
    good: 'database: { type: postgres, host: db, user: u, dbname: d }',
  },
  {
    id: 'config/incomplete',
    severity: 'warning',
    bad: 'auth: { requireEmailVerification: true }',
    path: '/auth/requireEmailVerification',
    says: 'email.smtpHost is missing',
    good: 'auth: { requireEmailVerification: true }\nemail: { smtpHost: mail.example.com }',
  },
  {
    id: 'config/incomplete',
    severity: 'warning',
    bad: 'database: { host: db }',
    path: '/database/host',
    says: 'the database is SQLite',
    good: 'database: { type: sqlite, host: db }',
  },
  {
    id: 'config/port-clash',
    bad: 'server: { port: 7880 }',
    path: '/server/port',
    says: 'server.port and livekit.port are both TCP port 7880',
    good: `server: { port: 7880 }\nlivekit: { ${external} }`,
  },
  {
    id: 'config/port-clash',
    bad: 'livekit: { rtc: { udpPort: 3478 }, turn: { enabled: true } }',
    path: '/livekit/rtc/udpPort',
    says: 'UDP port 3478',
    good: 'livekit: { rtc: { udpPort: 3478 } }',
  },
  {
    id: 'config/port-clash',
    bad: 'server: { port: 80, enableTLS: true }',
    path: '/server/port',
    says: 'server.port and server.httpPort',
    good: 'server: { port: 80 }',
  },
  {
    id: 'config/port-range',
    bad: 'livekit: { rtc: { portRangeStart: 60000, portRangeEnd: 50000 } }',
    path: '/livekit/rtc/portRangeStart',
    says: 'above portRangeEnd, which is 50000',
    good: 'livekit: { rtc: { portRangeStart: 50000, portRangeEnd: 60000 } }',
  },
  {
    id: 'config/port-range',
    bad: 'livekit: { turn: { relayRangeEnd: 40000 } }',
    path: '/livekit/turn/relayRangeEnd',
    says: 'relayRangeStart is missing',
    good: 'livekit: { turn: { relayRangeStart: 30000, relayRangeEnd: 40000 } }',
  },
  {
    id: 'config/port-range',
    severity: 'warning',
    bad: 'livekit: { rtc: { udpPort: 7882, portRangeStart: 50000, portRangeEnd: 60000 } }',
    path: '/livekit/rtc/udpPort',
    says: 'uses the port range',
    good: 'livekit: { rtc: { udpPort: 7882 } }',
  },
  {
    id: 'config/external-incomplete',
    bad: 'livekit: { external: true, host: wss://sfu.example.com }',
    path: '/livekit/internalHost',
    says: 'livekit.internalHost is missing',
    good: `livekit: { ${external} }`,
  },
  {
    id: 'config/livekit-url',
    bad: 'livekit: { host: https://meet.example.com/livekit }',
    path: '/livekit/host',
    says: 'expected ws:// or wss://',
    good: 'livekit: { host: wss://meet.example.com/livekit }',
  },
  {
    id: 'config/livekit-url',
    bad: 'livekit: { internalHost: "127.0.0.1" }',
    path: '/livekit/internalHost',
    says: 'no URL',
    good: 'livekit: { internalHost: http://127.0.0.1:7880 }',
  },
  {
    id: 'config/livekit-url',
    bad: 'livekit: { internalHost: "localhost:7880" }',
    path: '/livekit/internalHost',
    says: 'livekit.internalHost',
    good: 'livekit: { internalHost: http://localhost:7880 }',
  },
  {
    id: 'config/livekit-scheme',
    severity: 'warning',
    bad: 'livekit: { internalHost: https://sfu.example.com:7880, version: 1.12.0 }',
    path: '/livekit/internalHost',
    says: 'where LiveKit 1.12.0 itself listens without',
    good: 'livekit: { internalHost: http://sfu.example.com:7880, host: wss://sfu.example.com }',
  },
  {
    id: 'config/embedded-only-key',
    severity: 'warning',
    bad: `livekit: { ${external}, rtc: { tcpPort: 7881 } }`,
    path: '/livekit/rtc/tcpPort',
    says: 'no effect',
    good: 'livekit: { rtc: { tcpPort: 7881 } }',
  },
  {
    id: 'config/bypassed-key',
    severity: 'warning',
    bad: 'livekit: { configPath: config.yaml, nodeIP: 203.0.113.7 }',
    path: '/livekit/nodeIP',
    says: 'configPath bypasses it',
    good: 'livekit: { configPath: config.yaml, port: 7000 }',
  },
  {
    id: 'config/node-ip',
    bad: 'livekit: { nodeIP: meet.example.com }',
    path: '/livekit/nodeIP',
    says: 'no IP address',
    good: 'livekit: { nodeIP: "2001:db8::7" }',
  },
  {
    id: 'config/node-ip',
    bad: 'livekit: { nodeIP: 0.0.0.0 }',
    path: '/livekit/nodeIP',
    says: 'reached by nobody',
    good: 'livekit: { nodeIP: 203.0.113.7 }',
  },
  {
    id: 'config/livekit-tls-section',
    severity: 'warning',
    bad: 'livekit: { tls: { certFile: c, keyFile: k }, version: 1.11.0 }',
    path: '/livekit/tls/certFile',
    says: 'no tested release',
    good: 'livekit: { tls: {} }',
  },
  {
    id: 'config/livekit-tls-section',
    severity: 'error',
    bad: 'livekit: { tls: { certFile: c, keyFile: k }, version: "1.12" }',
    path: '/livekit/tls/certFile',
    says: 'LiveKit 1.12.0 has no tls section',
    good: 'livekit: { version: "1.12" }',
  },
  {
    id: 'config/webhook-url',
    bad: 'livekit: { webhook: { url: "meet.example.com/api/livekit/webhook" } }',
    path: '/livekit/webhook/url',
    says: 'expected an http://',
    good: 'livekit: { webhook: { url: "http://127.0.0.1:8090/api/livekit/webhook" } }',
  },
  {
    id: 'config/webhook-url',
    severity: 'info',
    bad: `server: { domain: m.example, enableTLS: true }\nlivekit: { ${external} }`,
    path: '/livekit/external',
    says: 'https://m.example/api/livekit/webhook',
    good: 'livekit: {}',
  },
  { id: 'config/jwt-secret', bad: 'server: {}', path: '/auth/jwtSecret', says: 'is missing', good: auth },
  {
    id: 'config/jwt-secret',
    severity: 'warning',
    bad: 'auth: { jwtSecret: hunter2hunter2 }',
    path: '/auth/jwtSecret',
    says: 'has 14 characters',
    good: auth,
  },
  {
    id: 'config/weak-secret',
    severity: 'warning',
    bad: `livekit: { apiKey: k, apiSecret: ${'a'.repeat(40)} }`,
    path: '/livekit/apiSecret',
    says: 'repeats a few characters',
    good: `livekit: { ${keys} }`,
  },
  {
    id: 'config/weak-secret',
    severity: 'warning',
    bad: `livekit: { apiKey: devkey, apiSecret: ${strong} }`,
    path: '/livekit/apiKey',
    says: 'everyone knows',
    good: `livekit: { ${keys} }`,
  },
  {
    id: 'config/api-key',
    severity: 'error',
    bad: 'livekit: { apiKey: k }',
    path: '/livekit/apiSecret',
    says: 'apiSecret is missing',
    good: `livekit: { ${keys} }`,
  },
  {
    id: 'config/api-key',
    severity: 'error',
    bad: 'livekit: {}',
    path: '/livekit/apiKey',
    says: 'are missing',
    // LiveKit's own file has them.
    good: 'livekit: { configPath: config.yaml }',
  },
  {
    id: 'config/api-key',
    severity: 'error',
    bad: 'livekit: { external: true, internalHost: http://127.0.0.1:7880 }',
    path: '/livekit/apiKey',
    says: 'are missing',
    good: `livekit: { external: true, internalHost: http://127.0.0.1:7880, ${keys} }`,
  },
  {
    id: 'config/placeholder',
    severity: 'warning',
    bad: 'auth: { jwtSecret: "CHANGE_ME_32_CHAR_RANDOM_STRING!!" }',
    path: '/auth/jwtSecret',
    says: 'still a placeholder',
    good: auth,
  },
  {
    id: 'config/placeholder',
    severity: 'warning',
    bad: 'server: { domain: "{{ domain }}" }',
    path: '/server/domain',
    says: '"{{ domain }}"',
    good: 'server: { domain: meet.example.com }',
  },
];

describe('semantic rules', () => {
  test.each(cases)('$id: $bad', async ({ id, bad, path, says, severity = 'error', good }) => {
    const broken = (await load(bad)).findings.filter((finding) => finding.id === id);
    const here = broken.find((finding) => finding.pointer === path);
    expect(here, JSON.stringify(broken)).toMatchObject({
      severity,
      file: 'config.yaml',
      line: expect.any(Number),
    });
    expect(here?.message).toContain(says);
    expect(here?.hint).toBeTruthy();
    const fine = (await load(good)).findings.filter(
      (finding) => finding.id === id && finding.pointer === path,
    );
    expect(fine).toEqual([]);
  });

  test('each rule has a case', () => {
    const tested = new Set(cases.map(({ id }) => id));
    expect(semanticRules.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  });

  test('a finding points at the value, at the section it is missing from, or at the variable', async () => {
    const yaml = `server:\n  domain: meet.example.com\nlivekit:\n  apiKey: k\n  host: http://x\n${auth}`;
    const { findings } = await load(yaml, { env: { LIVEKIT_NODE_IP: 'nowhere' } });
    const at = (id: string) => findings.find((finding) => finding.id === id);
    expect(at('config/livekit-url')).toMatchObject({ line: 5, column: 9 });
    expect(at('config/api-key')).toMatchObject({ line: 3, column: 1, pointer: '/livekit/apiSecret' });
    expect(at('config/node-ip')).toMatchObject({ pointer: '/livekit/nodeIP' });
    expect(at('config/node-ip')?.line).toBeUndefined();
  });

  test('what a variable has set is called by its name', async () => {
    const env = { LIVEKIT_CONFIG_PATH: 'livekit.yaml', LIVEKIT_NODE_IP: '203.0.113.7' };
    const { findings } = await load('livekit: {}', { env });
    const said = (id: string) =>
      findings.filter((finding) => finding.id === id).map(({ message }) => message);
    expect(said('config/bypassed-key')).toEqual([
      'LIVEKIT_NODE_IP has no effect: LIVEKIT_CONFIG_PATH bypasses it',
    ]);
    expect(said('config/file-missing')).toEqual([
      expect.stringMatching(/^LIVEKIT_CONFIG_PATH is livekit.yaml/),
    ]);
  });

  test('no message shows a secret', async () => {
    const secret = 'hunter2-hunter2';
    const { findings } = await load(
      `livekit: { apiKey: k, apiSecret: ${secret} }\nauth: { jwtSecret: ${secret}, sessionSecret: [${secret}], google: { clientSecret: { a: ${secret} } } }\ndatabase: { password: "\${${secret}}" }`,
    );
    expect(findings.length).toBeGreaterThan(4);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});

test('what explains a finding fits into a sentence, and ids are used once', () => {
  expect(new Set(configRules.map(({ id }) => id)).size).toBe(configRules.length);
  for (const { id, title, why, fix } of configRules) {
    for (const text of [title, why, fix]) expect(text, id).toMatch(/[^.]$/);
  }
});
