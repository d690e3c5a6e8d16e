import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lintEgress } from '../../src/livekit/egress/lint.ts';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { readConfig } from '../../src/livekit/read-config.ts';
import { parseYaml } from '../../src/livekit/yaml/index.ts';

const version = '1.13.5';
/** What the server prints of a text, without the words before it. */
const printed = (text: string | Uint8Array) =>
  readConfig(text, version)
    .message?.replace('could not parse config: ', '')
    .replace('yaml: unmarshal errors:\n', '');

describe('scalars', () => {
  test.each([
    ['port: 0x1EC8', 7880],
    ['port: 0b11', 3],
    ['port: 0o17', 15],
    ['port: 017', 15],
    ['port: 08', 8],
    ['port: 7_880', 7880],
    ['port: 7880.0', 7880],
    ['port: 7880.9', 7880],
    ['port: 1e3', 1000],
    ['port: !!int 7', 7],
    ['port: ! 7', 7],
    ['port: &p 7', 7],
  ])('%s is a port', (text, value) => {
    expect(readConfig(text, version).decoded?.value).toEqual({ port: value });
  });
  test.each([
    ['port: "7880"', '  line 1: cannot unmarshal !!str `7880` into uint32'],
    ['port: -1', '  line 1: cannot unmarshal !!int `-1` into uint32'],
    ['port: 4294967296', '  line 1: cannot unmarshal !!int `4294967296` into uint32'],
    ['port: .inf', '  line 1: cannot unmarshal !!float `.inf` into uint32'],
    ['port: 2026-11-23', '  line 1: cannot unmarshal !!timestamp `2026-11-23` into uint32'],
    ['port: [1]', '  line 1: cannot unmarshal !!seq into uint32'],
    ['port: !!int x', 'yaml: cannot decode !!str `x` as a !!int'],
    ['room: {create_room_timeout: 10}', '  line 1: cannot unmarshal !!int `10` into time.Duration'],
    ['room: {create_room_timeout: 1d}', '  line 1: cannot unmarshal !!str `1d` into time.Duration'],
    ['room: {auto_create: "true"}', '  line 1: cannot unmarshal !!str `true` into bool'],
    ['room: {auto_create: 1}', '  line 1: cannot unmarshal !!int `1` into bool'],
  ])('%s is refused', (text, message) => expect(printed(text)).toBe(message));
  test.each(['yes', 'on', 'True', '"yes"', 'n', 'OFF'])('%s is a bool', (word) => {
    expect(printed(`room: {auto_create: ${word}}`)).toBeUndefined();
  });
  test.each(['10s', '1h30m', '.5s', '"250ms"', '-5s', '5µs', '"0"'])('%s is a duration', (text) => {
    expect(printed(`room: {create_room_timeout: ${text}}`)).toBeUndefined();
  });
});

describe('structure', () => {
  test.each([
    ['duplicate keys', 'port: 1\nport: 2', '  line 2: mapping key "port" already defined at line 1'],
    ['an unknown anchor', 'region: *eu', "yaml: unknown anchor 'eu' referenced"],
    ['an alias of itself', 'rtc: &r {<<: *r}', "yaml: anchor 'r' value contains itself"],
    ['a merge of a text', 'rtc: {<<: x}', 'yaml: map merge requires map or sequence of maps as the value'],
    ['a tab', 'rtc:\n\ttcp_port: 1', 'yaml: line 2: found character that cannot start any token'],
    [
      'a tab inside a scalar',
      'region: a\n\tb',
      'yaml: line 2: found a tab character that violates indentation',
    ],
    ['a colon too many', 'port: 1: 2', 'yaml: mapping values are not allowed in this context'],
    ['an open brace', 'keys: {a: b\n', "yaml: line 1: did not find expected ',' or '}'"],
    ['an open quote', 'region: "a', 'yaml: found unexpected end of stream'],
    ['YAML 1.2', '%YAML 1.2\n---\nport: 1', 'yaml: found incompatible YAML document'],
    ['an unknown directive', '%FOO\n---\nport: 1', 'yaml: found unknown directive name'],
    ['an undefined tag handle', 'port: !e!x 1', 'yaml: found undefined tag handle'],
    ['a control character', 'region: "a\u0007"', 'yaml: control characters are not allowed'],
    ['only a comment', '# x', 'EOF'],
  ])('%s', (_, text, message) => expect(printed(text)).toBe(message));
  test.each([
    ['a byte order mark', '\ufeffport: 1'],
    ['CRLF', 'port: 1\r\nregion: eu\r\n'],
    ['YAML 1.1', '%YAML 1.1\n---\nport: 1'],
    ['what follows the first document', 'port: 1\n---\nnonsense: true'],
    ['an empty file', ''],
    ['a null document', '---\n...\n'],
    ['a key that is null', '~: x\nport: 1'],
    ['a merge', 'rtc: {<<: {tcp_port: 1}, tcp_port: 2}'],
    ['text behind a flow mapping', '{port: 1} more'],
    ['a mapping for udp_port', 'rtc: {udp_port: {start: 1}}'],
  ])('%s passes', (_, text) => expect(printed(text)).toBeUndefined());

  test('merged keys give way to own ones, and earlier to later sources', () => {
    const text = 'rtc: {<<: [{tcp_port: 1, udp_port: 5}, {tcp_port: 2, node_ip: 10.0.0.1}], udp_port: 7}';
    expect(readConfig(text, version).decoded?.value).toEqual({
      rtc: { tcp_port: 1, udp_port: { start: 7, end: 0 }, node_ip: { v4: '10.0.0.1', v6: '' } },
    });
  });

  test('bytes that are no UTF-8', () => {
    expect(printed(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).toBe('yaml: invalid leading UTF-8 octet');
    expect(printed(Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28]))).toBe('yaml: invalid trailing UTF-8 octet');
    expect(printed(Buffer.from('\ufeffport: 7880\n', 'utf16le'))).toBeUndefined();
  });

  test('an alias bomb ends in a message, soon', () => {
    const levels = [...'abcdefghi'].map((name, i, all) => {
      const content =
        i === 0
          ? 'tcp_port: 1'
          : `<<: [${Array(9)
              .fill(`*${all[i - 1]}`)
              .join(', ')}]`;
      return `${name}: &${name} {${content}}\n`;
    });
    expect(printed(`${levels.join('')}rtc: {<<: *i}\n`)).toBe('yaml: document contains excessive aliasing');
  });

  test('lines and columns are those of an editor', () => {
    const { root } = parseYaml('port: 1\nregion: "😀": x');
    expect(root).toBeUndefined();
    const parsed = parseYaml('keys: {"😀": a, b: c}').root;
    const key = parsed?.content[1]?.content[2];
    expect({ line: key?.line, column: key?.column, value: key?.value }).toEqual({
      line: 1,
      column: 17,
      value: 'b',
    });
  });
});

describe('protobuf messages', () => {
  const inRoom = (text: string) => printed(`room: {room_configurations: {a: ${text}}}`);
  test.each([
    '{empty_timeout: 60}',
    '{emptyTimeout: 60}',
    '{max_participants: 1e2}',
    '{egress: null}',
    '{agents: [{agent_name: x}]}',
  ])('%s passes', (text) => expect(inRoom(text)).toBeUndefined());
  test.each([
    ['{empty_timeouts: 60}', 'unknown field "empty_timeouts"'],
    ['{empty_timeout: -1}', 'invalid integer'],
    ['{egress: {tracks: {s3: {}, gcp: {}}}}', 'field s3 is already set for oneof output'],
    ['{egress: []}', 'expected fields for livekit.RoomEgress, got sequence'],
    ['{egress: {tracks: {disable_manifest: "true"}}}', 'expected tag !!bool, got !!str'],
  ])('%s is refused', (text, message) => {
    const said = inRoom(text);
    if (text.includes('disable_manifest')) expect(said).toMatch(/expected tag !!bool|unknown field/);
    else expect(said).toContain(message);
  });
});

const versions = ['1.5.3', '1.9.0', '1.13.5'];
const pieces = [
  ...':-?{}[],#&*!|>%@`"\'\t\n\r ~<=.',
  ...[
    'a: ',
    '- ',
    '*a',
    '&a ',
    '<<: ',
    '---\n',
    '...\n',
    '!!int ',
    '%YAML 1.1\n',
    'port',
    'rtc',
    'turn',
    'keys: ',
    '\u2028',
    '😀',
    '\0',
    '1_0',
    '0x',
    'null',
    '\\u00e9',
    '? ',
  ],
];

test('no mutated input makes it throw', () => {
  const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''));
  const bytes = fc.uint8Array({ maxLength: 80 });
  const tree = fc.object({
    maxDepth: 5,
    key: fc.constantFrom('rtc', 'turn', 'keys', 'node_ip', 'room', 'udp_port', 'urls', 'webhook'),
  });
  const input = fc.oneof(
    soup,
    bytes,
    tree.map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(input, fc.constantFrom(...versions), (text, release) => {
      const result = lintLiveKit(text, { version: release });
      const failed = result.findings.filter(({ message }) => message.startsWith('the rule'));
      expect(failed).toEqual([]);
      expect(lintEgress(text, { version: release }).verdict).toMatch(/starts|rejects/);
    }),
    { numRuns: 10_000 },
  );
}, 120_000);

test.each([
  ['flow', '['.repeat(100_000)],
  ['block', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['aliases', `a: &a x\n${'b: [*a, *a]\n'.repeat(2000)}`],
  ['a long line', `keys: {${Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join(', ')}}`],
])('depth and size are bounded: %s', (_, text) => {
  expect(lintLiveKit(text, { version }).verdict).toMatch(/starts|rejects/);
});
