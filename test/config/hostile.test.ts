import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../src/config/index.ts';
import { Failure } from '../../src/core/errors.ts';
import { cwd, load } from './helper.ts';

const bomb = (levels: number) =>
  `server:\n  trustedProxies: []\nchat: &l0 {a: x}\n${Array.from(
    { length: levels },
    (_, i) => `k${i}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
  ).join('\n')}\n`;

describe('what is no configuration file is refused', () => {
  const at = (name: string) => join(cwd, name);
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('fifo')]);
  writeFileSync(at('large'), '');
  truncateSync(at('large'), 50 * 1024 * 1024);
  writeFileSync(at('latin1'), Buffer.from('server:\n  domain: caf\xe9\n', 'latin1'));
  writeFileSync(at('bomb'), bomb(9));

  test.each([
    ['folder', 'input/not-a-file', 'is a directory'],
    ['fifo', 'input/not-a-file', 'is a FIFO'],
    ['large', 'input/too-large', 'larger than 1 MiB'],
    ['latin1', 'input/not-utf8', 'latin1:2: not valid UTF-8'],
    ['missing', 'config/not-found', 'no such file'],
    ['bomb', 'config/yaml-bomb', 'expand to more than 100000 values'],
  ])('%s', async (file, code, says) => {
    const failed = loadConfig({ file, env: {}, cwd });
    await expect(failed).rejects.toMatchObject({ code, exit: 3, message: expect.stringContaining(says) });
  });
});

describe('YAML that is none is one finding at its place', () => {
  test.each([
    { title: 'tabs', yaml: 'server:\n\tport: 1\n', line: 2, says: 'tab' },
    { title: 'an open bracket', yaml: 'server: [\n', line: 1, says: '' },
    { title: 'deep nesting', yaml: `a: ${'['.repeat(5000)}`, line: 1, says: 'exceeded max depth' },
    { title: 'an alias of nothing', yaml: 'server: *none\n', line: 1, says: "unknown anchor 'none'" },
    { title: 'an alias of itself', yaml: 'server: &s\n  acme: *s\n', line: 2, says: 'contains itself' },
    { title: 'a list as a key', yaml: '? [a]\n: b\n', line: 1, says: "a sequence can't be a key" },
    { title: 'a merge of a text', yaml: 'server:\n  <<: text\n', line: 2, says: '<< takes mappings only' },
    { title: 'a null byte', yaml: 'server:\n  port: \0\n', line: 2, says: '' },
  ])('$title', async ({ yaml, line, says }) => {
    const { findings, config } = await load(yaml);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      id: 'config/yaml-syntax',
      severity: 'error',
      file: 'config.yaml',
      line,
    });
    expect(findings[0]?.message).toContain(says);
    expect(config.server.port).toBe(8090);
  });
});

describe('YAML that is something else', () => {
  const ids = async (yaml: string) => {
    const { findings } = await load(yaml, { env: { JWT_SECRET: 'k3yR8vQz1mWx7LpT4nBs6HdFj2GcUa9E' } });
    return findings
      .filter(({ id }) => id !== 'config/api-key')
      .map(({ id, severity, line }) => [id, severity, line]);
  };
  test.each([
    ['', [['config/empty', 'warning', 1]]],
    ['# nothing\n', [['config/empty', 'warning', 1]]],
    ['- server\n', [['config/wrong-type', 'error', 1]]],
    ['just words\n', [['config/wrong-type', 'error', 1]]],
    ['server: [1]\n', [['config/wrong-type', 'error', 1]]],
    ['server: {}\n---\nserver: { port: 1 }\n', [['config/several-documents', 'warning', 2]]],
    ['server:\n  port: 1\n  port: 2\n', [['config/duplicate-key', 'error', 3]]],
    ['a:\n  b: 1\n', [['config/unknown-key', 'error', 1]]],
  ])('%j', async (yaml, expected) => expect(await ids(yaml)).toEqual(expected));
});

describe('names that mean something to JavaScript', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is just a wrong key',
    async (name) => {
      for (const yaml of [`${name}: { port: 1 }`, `server:\n  ${name}: { polluted: yes }`]) {
        const { findings } = await load(yaml);
        expect(findings.filter(({ id }) => id === 'config/unknown-key')).toHaveLength(1);
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );

  test.each(['__proto__', 'constructor', 'prototype'])('%s stays out of what is merged', async (name) => {
    const { config, findings } = await load(
      `livekit:\n  overrides:\n    rtc: { ${name}: { polluted: 1 }, tcp_port: 7 }`,
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'config/forbidden-key',
        severity: 'error',
        line: 3,
        pointer: `/livekit/overrides/rtc/${name}`,
      }),
    );
    expect(config.livekit.overrides).toEqual({ rtc: { tcp_port: 7 } });
    expect(Object.getPrototypeOf(config.livekit.overrides)).toBe(Object.prototype);
  });
});

test('aliases and merges that stay small are written out', async () => {
  const { config } = await load(
    'livekit:\n  room: &room { empty_timeout: 10 }\n  overrides: { room: { <<: [*room], max_participants: 0x10, on: on, ids: [1, a, null] } }\n',
  );
  expect(config.livekit.overrides).toEqual({
    room: { empty_timeout: 10, max_participants: 16, on: 'on', ids: [1, 'a', null] },
  });
});

test('no text makes loading throw anything but a failure of the table', async () => {
  const piece = fc.constantFrom(
    ...[
      'server:',
      'livekit:',
      'port',
      'overrides',
      '\n',
      '\n  ',
      '\t',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '&a ',
      '*a',
    ],
    ...[
      '<<: ',
      '? ',
      '| ',
      '> ',
      '"',
      "'",
      '#',
      '---\n',
      '...\n',
      '!!int ',
      '!x ',
      '%YAML 1.1\n',
      '\u0000',
      '\ud800',
    ],
    ...[
      '8090',
      'yes',
      '~',
      '__proto__',
      'constructor',
      '0x1f',
      '1e400',
      '.nan',
      '2020-01-01',
      '\u2028',
      '\\',
    ],
  );
  const text = fc
    .array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (yaml) => {
      const loaded = await load(yaml).catch((error: unknown) => error);
      if (loaded instanceof Failure) return;
      expect(loaded).toMatchObject({
        file: 'config.yaml',
        config: { server: { readTimeout: expect.any(Number) } },
      });
      for (const finding of (loaded as LoadedConfig).findings) {
        expect(finding.line).toBeGreaterThan(0);
        expect(finding.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 400 },
  );
});
