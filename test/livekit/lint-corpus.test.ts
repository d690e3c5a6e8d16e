import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { fixtureFiles } from '../helpers/lint-files.ts';

interface Recorded {
  name: string;
  text: string;
  /** What livekit-server of each version did: it printed a line and ended, or started. */
  outcomes: { versions: string; ends?: string }[];
}

/** 240 files, and what nine releases of livekit-server made of each, on a host with nothing but a loopback and one interface. */
const corpus: Recorded[] = readFileSync(
  new URL('../fixtures/lint-corpus/files.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const pairs = corpus.flatMap(({ name, text, outcomes }) =>
  outcomes.flatMap(({ versions, ends }) =>
    versions.split(' ').map((version) => {
      const linted = lintLiveKit(text, { file: name, version, files: fixtureFiles });
      return { name, version, ends, linted };
    }),
  ),
);

/** Pairs in which lint and the server disagree, with the reason. */
const disagreements: Record<string, string> = {};

describe('240 files on nine releases', () => {
  test('the verdict is the server’s', () => {
    const wrong = pairs.filter(({ ends, linted }) => (ends === undefined) !== (linted.verdict === 'starts'));
    expect(wrong.map(({ name, version }) => `${name} on ${version}`)).toEqual(Object.keys(disagreements));
    expect(pairs).toHaveLength(240 * 9);
  });

  test('the message is the server’s', () => {
    // Of protobuf messages the server prints an excerpt of its own, with positions in it.
    const plain = pairs.filter(
      ({ ends }) => ends !== undefined && !ends.startsWith('could not parse config: :'),
    );
    expect(plain.length).toBeGreaterThan(1000);
    for (const { name, version, ends, linted } of plain) {
      // What it quotes of keys: may be a secret.
      const message = ends?.replace(/`[^`]*`(?= into map\[string\]string)/, '`********`');
      expect({ name, version, message: linted.message }).toEqual({ name, version, message });
    }
  });

  test('a file that is refused has an error with a place or a word on the file', () => {
    for (const { name, version, linted } of pairs) {
      const errors = linted.findings.filter(({ severity }) => severity === 'error');
      if (linted.verdict === 'rejects')
        expect({ name, version, errors: errors.length }).not.toMatchObject({ errors: 0 });
    }
  });
});
