import { describe, expect, test } from 'vitest';
import { lintCompose, looksLikeCompose } from '../../src/livekit/compose/index.ts';
import { parseYaml } from '../../src/livekit/yaml/index.ts';

const secret = 'a-secret-of-at-least-32-characters';

function lint(text: string, options: { version?: string; preferImage?: boolean } = {}) {
  const { verdict, message, findings } = lintCompose(text, {
    file: 'compose.yaml',
    version: '1.13.5',
    ...options,
  });
  // Where the file says, an operator finds exactly the word that is meant.
  const lines = text.split('\n');
  const found = findings
    .filter(({ severity }) => severity === 'error')
    .map(({ id, line = 0, column = 0 }) => ({
      id,
      at: (lines[line - 1] ?? '').slice(column - 1).match(/^"?(\w+)/)?.[1],
    }));
  return { verdict, message, findings, found };
}

const unknown = { id: 'livekit/unknown-key', at: 'dynacast' };

describe('a configuration is linted where it stands', () => {
  test.each([
    {
      form: 'a literal block',
      text: `services:
  sfu:
    image: livekit/livekit-server:v1.13.5
    environment:
      LIVEKIT_CONFIG: |

        keys: {k: ${secret}}
        rtc:
          tcp_port: 7881
        room:
          dynacast: true
`,
    },
    {
      form: 'a literal block with its indentation given',
      text: `services:
  sfu:
    environment:
      LIVEKIT_CONFIG: |2
        keys: {k: ${secret}}
        dynacast: true
`,
    },
    {
      form: 'a list of variables',
      text: `services:
  sfu:
    environment:
      - A=b
      - "LIVEKIT_CONFIG=keys: {k: ${secret}}\\nrtc: {\\x74cp_port: 7881}\\ndynacast: true"
`,
    },
    {
      form: 'double quotes',
      text: `services: {sfu: {environment: {LIVEKIT_CONFIG: "keys: {k: \\"${secret}\\"}\\ndynacast: true"}}}\n`,
    },
    {
      form: 'single quotes',
      text: `services:\n  sfu:\n    environment:\n      LIVEKIT_CONFIG: '{"keys": {"it''s": ${secret}}, "dynacast": 1}'\n`,
    },
    {
      form: '--config-body',
      text: `services:
  sfu:
    image: livekit/livekit-server
    command:
      - --config-body
      - |
        keys: {k: ${secret}}
        dynacast: true
`,
    },
    {
      form: '--config-body=',
      text: `services:
  sfu:
    command: ["--config-body={keys: {k: ${secret}}, dynacast: 1}", "--dev"]
`,
    },
    {
      form: 'a mounted config',
      text: `services:
  sfu:
    image: livekit/livekit-server:latest
    command: --config /etc/livekit.yaml
    configs:
      - source: livekit
        target: /etc/livekit.yaml
configs:
  livekit:
    content: |
      keys: {k: ${secret}}
      dynacast: true
`,
    },
    {
      form: 'a merged environment',
      text: `x-env: &env
  LIVEKIT_CONFIG: |
    keys: {k: ${secret}}
    dynacast: true
services:
  sfu:
    environment:
      <<: *env
      A: b
`,
    },
  ])('$form', ({ text }) => {
    const { verdict, message, found } = lint(text);
    expect(verdict).toBe('rejects');
    expect(message).toContain('field dynacast not found');
    expect(found).toEqual([unknown]);
  });

  test('CRLF', () => {
    const text = `services:\n  sfu:\n    environment:\n      LIVEKIT_CONFIG: |\n        keys: {k: ${secret}}\n        dynacast: true\n`;
    expect(lint(text.replaceAll('\n', '\r\n')).found).toEqual([unknown]);
  });

  test('with the name of the service, and no pointer into the body', () => {
    const { findings } = lint('services:\n  sfu:\n    environment:\n      LIVEKIT_CONFIG: "dynacast: 1"\n');
    const finding = findings.find(({ id }) => id === 'livekit/unknown-key');
    expect(finding?.message).toMatch(/^sfu, LIVEKIT_CONFIG: /);
    expect(finding).toMatchObject({ file: 'compose.yaml', line: 4 });
    expect(finding).not.toHaveProperty('pointer');
  });
});

describe('which release', () => {
  const text = `services:
  sfu:
    image: livekit/livekit-server:v1.9.0
    environment:
      LIVEKIT_CONFIG: "keys: {k: ${secret}}\\nagents: {}"
`;
  test('the image tag when it is preferred', () => {
    expect(lint(text, { preferImage: true })).toMatchObject({ verdict: 'rejects' });
  });
  test('the one asked for otherwise', () => {
    expect(lint(text)).toMatchObject({ verdict: 'starts' });
  });
});

describe('what compose fills in', () => {
  test('is not held against the file', () => {
    const text = `services:
  sfu:
    environment:
      LIVEKIT_CONFIG: |
        port: \${LIVEKIT_PORT_NUMBER:-7880}
        keys:
          \${KEY}: \${SECRET}
        turn: {enabled: $TURN}
        rtc: {node_ip: \${NODE_IP}}
`;
    expect(lint(text)).toMatchObject({ verdict: 'starts', found: [] });
  });

  test('does not hide what is wrong elsewhere', () => {
    const text = `services:
  sfu:
    environment:
      LIVEKIT_CONFIG: |
        keys: {"\${KEY}": "\${SECRET}"}
        dynacast: true
`;
    expect(lint(text)).toMatchObject({ verdict: 'rejects', found: [unknown] });
  });

  test('keys may come from LIVEKIT_KEYS', () => {
    const text =
      'services:\n  sfu:\n    environment:\n      LIVEKIT_KEYS: "a: b"\n      LIVEKIT_CONFIG: "port: 7880"\n';
    expect(lint(text)).toMatchObject({ verdict: 'starts', found: [] });
    expect(lint(text.replace('LIVEKIT_KEYS', 'OTHER'))).toMatchObject({ verdict: 'rejects' });
  });
});

test.each([
  { text: 'services:\n  a:\n    image: b\n', compose: true },
  { text: 'services:\n  a: {environment: {A: b}}\n', compose: true },
  { text: 'keys: {a: b}\n', compose: false },
  { text: 'services: 5\n', compose: false },
  { text: 'services: {a: b}\n', compose: false },
  { text: '[', compose: false },
  { text: '', compose: false },
])('$text is a compose file: $compose', ({ text, compose }) => {
  expect(looksLikeCompose(parseYaml(text))).toBe(compose);
});

test.each([
  'services:\n  a:\n    image: redis\n',
  'services: {a: {environment: 5, command: 6, configs: [[]]}}',
])('nothing to lint in %j', (text) => {
  const { verdict, findings } = lint(text);
  expect(verdict).toBe('starts');
  expect(findings).toMatchObject([
    { id: 'compose/no-config', severity: 'info', file: 'compose.yaml', line: 1 },
  ]);
});

test.each(['', '[', 'services: {a'])('%j is no compose file at all', (text) => {
  expect(lint(text)).toMatchObject({ verdict: 'rejects', findings: [{ id: 'livekit/yaml-syntax' }] });
});

describe("the egress service's configuration", () => {
  const body = `{"api_key": a, "ws_url": "ws://sfu:7880", "redis": {"address": "redis:6379"}, "s3": {"bucket": b}}`;
  test.each([
    [
      'in EGRESS_CONFIG_BODY',
      `services:\n  rec:\n    image: livekit/egress:v1.9.0\n    environment:\n      - 'EGRESS_CONFIG_BODY=${body}'\n`,
    ],
    [
      'in --config-body',
      `services:\n  rec:\n    image: livekit/egress\n    command: ["--config-body", '${body}']\n`,
    ],
    [
      'in configs:',
      `services:\n  rec:\n    image: livekit/egress\n    configs: [egress]\nconfigs:\n  egress:\n    content: |\n      ${body}\n`,
    ],
  ])('is linted %s, for no release of livekit-server', (_, text) => {
    const { found, verdict } = lint(text, { version: '1.12.0', preferImage: true });
    expect(found).toEqual([{ id: 'egress/ignored-key', at: 's3' }]);
    expect(verdict).toBe('starts');
    expect(lintCompose(text, { version: '1.12.0', preferImage: true }).version).toBe('1.12.0');
  });
});
