import { expect, test } from 'vitest';
import { load } from './helper.ts';

/** Wrong values, each on line 2, with where the finding points and what it says. */
test.each([
  [
    'server:\n  prot: 1',
    3,
    'config/unknown-key',
    'there is no key "prot" under server',
    'did you mean port?',
  ],
  ['x:\nservr: {}', 1, 'config/unknown-key', 'there is no key "servr" at the top', 'did you mean server?'],
  [
    'server:\n  apiKey: k',
    3,
    'config/unknown-key',
    'no key "apiKey" under server',
    'there is livekit.apiKey: move it there',
  ],
  ['livekit:\n  node_ip: 203.0.113.7', 3, 'config/unknown-key', '"node_ip"', 'did you mean nodeIP?'],
  ['x:\nturn: {}', 1, 'config/unknown-key', '"turn" at the top', 'there is livekit.turn: move it there'],
  [
    'server:\n  port: eight',
    9,
    'config/malformed',
    'server.port is the text "eight", expected a port',
    'for example 8090',
  ],
  [
    'server:\n  port: 70000',
    9,
    'config/out-of-range',
    'server.port is 70000, expected a port from 0 to 65535',
    '',
  ],
  [
    'server:\n  enableTLS: "true"',
    14,
    'config/wrong-type',
    'expected true or false',
    'remove the quotes: true',
  ],
  [
    'server:\n  maxRoomsPerUser: "5"',
    20,
    'config/wrong-type',
    'expected a whole number from 0',
    'remove the quotes: 5',
  ],
  ['server:\n  maxRoomsPerUser: 1.5', 20, 'config/wrong-type', 'is 1.5, expected a whole number', ''],
  ['server:\n  maxRoomsPerUser: -1', 20, 'config/out-of-range', 'is -1, expected a whole number from 0', ''],
  [
    'server:\n  trustedProxies: 10.0.0.1',
    19,
    'config/wrong-type',
    'expected a list of texts',
    'write it as a list: [10.0.0.1]',
  ],
  ['server:\n  domain: [a]', 11, 'config/wrong-type', 'server.domain is a list, expected text', ''],
  [
    'database:\n  type: postgre',
    9,
    'config/unknown-value',
    'expected one of sqlite, postgres',
    'did you mean postgres?',
  ],
  [
    'livekit:\n  rtc: 7881',
    8,
    'config/wrong-type',
    'livekit.rtc is 7881, expected a mapping',
    'write its keys below it',
  ],
  ['livekit:\n  version: latest', 12, 'config/malformed', 'expected a release such as 1.13.5', ''],
  ['email:\n  templates: { subjectLines: { welcome: [] } }', 41, 'config/wrong-type', 'is a list', ''],
])('%j', async (yaml, column, id, says, hint) => {
  const { findings } = await load(yaml);
  const here = findings.filter((finding) => finding.line === 2 && finding.severity === 'error');
  expect(here).toHaveLength(1);
  expect(here[0]).toMatchObject({ id, column, file: 'config.yaml' });
  expect(here[0]?.message).toContain(says);
  expect(here[0]?.hint).toContain(hint);
});

test.each([
  ['server:\n  readTimeout: "30"', 'config/quoted-integer', 'the number 30 stands in quotes'],
  ['server:\n  domain: yes', 'config/wrong-type', 'yes is a boolean here, and is read as the text "yes"'],
])('%j is read, with a warning', async (yaml, id, says) => {
  const { findings, config } = await load(yaml);
  const here = findings.filter((finding) => finding.line === 2 && finding.severity === 'warning');
  expect(here).toEqual([expect.objectContaining({ id, message: expect.stringContaining(says) })]);
  expect([config.server.readTimeout, config.server.domain]).toEqual([
    30,
    yaml.includes('yes') ? 'yes' : undefined,
  ]);
});

test('a wrong variable is named, and the file stands', async () => {
  const env = { SERVER_PORT: 'tcp://10.0.0.1:80', SERVER_ENABLE_TLS: 'maybe' };
  const { findings, config } = await load('server: { port: 9000 }', { env });
  expect(config.server).toMatchObject({ port: 9000, enableTLS: false });
  const messages = findings.filter(({ file }) => file === undefined).map(({ message }) => message);
  expect(messages.sort()).toEqual([
    'SERVER_ENABLE_TLS is the text "maybe", expected true or false',
    'SERVER_PORT is the text "tcp://10.0.0.1:80", expected a port from 0 to 65535',
  ]);
});

test('a value that fails in several ways is reported once', async () => {
  const { findings } = await load('server: { port: -70000 }\nlivekit: { rtc: { tcpPort: [] } }');
  expect(findings.filter(({ pointer }) => pointer === '/server/port')).toHaveLength(1);
  expect(findings.filter(({ pointer }) => pointer === '/livekit/rtc/tcpPort')).toHaveLength(1);
});
