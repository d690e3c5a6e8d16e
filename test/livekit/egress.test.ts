import { describe, expect, test } from 'vitest';
import { lintEgress } from '../../src/livekit/egress/lint.ts';

/** Files, and what the egress service's own configuration code (August 2026) said of each; undefined: it took it. */
const measured: [text: string, said?: string][] = [
  [''],
  ['# c\n'],
  ['a: b\n---\n[\n'],
  ['null\n'],
  ['io_workers: 1e3\n'],
  ['logging: {level: nope, pion_level: [1]}\n'],
  ['chrome_flags: {a: 1, b: true}\n'],
  ['redis:\ncpu_cost: ~\n'],
  ['[\n', 'yaml: line 1: did not find expected node content'],
  ['%YAML 1.2\n---\na: b\n', 'yaml: found incompatible YAML document'],
  ['- a\n', 'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into config.ServiceConfig'],
  [
    'redis: {address: a}\nredis: {address: b}\n',
    'yaml: unmarshal errors:\n  line 2: mapping key "redis" already defined at line 1',
  ],
  [
    'api_key: [1]\nws_url: [2]\nfoo: bar\n',
    'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string\n  line 2: cannot unmarshal !!seq into string',
  ],
  [
    'insecure: maybe\nunknown: 1\n',
    'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `maybe` into bool',
  ],
  ['logging: 1\n', 'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!int `1` into logger.Config'],
  [
    'chrome_flags: [1]\n',
    'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]interface {}',
  ],
  [
    'session_limits: {file_output_max_duration: 10}\n',
    'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!int `10` into time.Duration',
  ],
  ['video_encoder_threads: -1\n', 'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!int `-1` into uint'],
];

describe('a file of the egress service', () => {
  test.each(measured)('%j', (text, said) => {
    const { verdict, message } = lintEgress(text, { version: '1.13.5' });
    expect({ verdict, message }).toEqual(
      said === undefined
        ? { verdict: 'starts', message: undefined }
        : { verdict: 'rejects', message: `could not parse config: ${said}` },
    );
  });

  test('the SFU’s keys for logging are not the service’s', () => {
    const { findings } = lintEgress('ws_url: ws://a\nlogging: {level: info, pion_level: error}\n', {
      version: '1.13.5',
    });
    expect(findings).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ id: 'egress/ignored-key', pointer: '/logging/pion_level' }),
      ]),
    );
  });
});
