import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/livekit/read-config.ts';
import { fieldVariants, keysFor, rootType, variantFor } from '../../src/livekit/table.ts';
import { parseVersion } from '../../src/livekit/versions.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';

describeWith(['livekit-server'], 'lint and livekit-server', () => {
  const server = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(server, ['--version'], { encoding: 'utf8' })) ?? '';

  /** What `ports` prints instead of ports: it parses strictly and starts nothing. */
  const refusal = (text: string): string | undefined => {
    const args = ['--config-body', text, 'ports'];
    const said = execFileSync(server, args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
      timeout: 20_000,
    });
    return said.split('\n').some((line) => line === 'TCP Ports') ? undefined : said.trim();
  };

  const values = [
    '1',
    '"1"',
    '1.5',
    'abc',
    '[1]',
    'null',
    '-3',
    '""',
    '{}',
    '[]',
    '{a: b}',
    'yes',
    '"true"',
    '5s',
    '5',
    '0x10',
    '1_0',
    '2026-11-23',
    '.inf',
    '!!str 5',
    '|\n  x',
    '[null, a]',
    '10-20',
    '1.2.3.4',
  ];
  const paths = keysFor(rootType, version).flatMap((section) => {
    const type = variantFor(fieldVariants(rootType, section), version)?.type ?? '';
    return [[section], ...keysFor(type, version).map((key) => [section, key])];
  });
  // Asking a STUN server takes seconds and a network.
  const offline = paths.filter((path) => !path.includes('use_external_ip') && path.join() !== 'keys');
  const entry = fc.tuple(fc.constantFrom(...offline), fc.constantFrom(...values));
  const cut = fc.tuple(
    fc.nat(400),
    fc.constantFrom('', ' ', ':', '\t', '"', '{', ']', '&a ', '*a', '!', '#', '\n', '- ', '? '),
  );
  const config = fc
    .tuple(fc.array(entry, { minLength: 1, maxLength: 3 }), fc.option(cut))
    .map(([entries, mutation]) => {
      const lines = [
        'rtc: {node_ip: 127.0.0.1}',
        ...entries.map(([path, value]) => {
          const inner = path.length === 1 ? value : `{${path[1]}: ${value.replace(/^\|[\s\S]*/, 'x')}}`;
          return `${path[0]}: ${inner}`;
        }),
      ];
      const text = `${lines.join('\n')}\n`;
      if (mutation === null) return text;
      const at = mutation[0] % text.length;
      return text.slice(0, at) + mutation[1] + text.slice(at);
    });

  test(`say the same of any file (${version})`, () => {
    fc.assert(
      fc.property(config, (text) => {
        fc.pre(text.trim() !== '' && !text.includes('use_external_ip'));
        const said = refusal(text);
        const { message } = readConfig(text, version);
        expect(message?.split('\n').slice(0, 2)).toEqual(said?.split('\n').slice(0, 2));
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
