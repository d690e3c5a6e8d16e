import { describe, expect, test } from 'vitest';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { recordedCorpus } from '../helpers/lint-corpus.ts';
import { fixtureFiles } from '../helpers/lint-files.ts';

const addresses = () => ['127.0.0.1', '::1', '10.99.0.2'];
const pairsOf = (file: 'files' | 'generated') =>
  recordedCorpus(file).flatMap(({ name, text, outcomes }) =>
    outcomes.flatMap(({ versions, ends }) =>
      versions.split(' ').map((version) => {
        const linted = lintLiveKit(text, { file: name, version, files: fixtureFiles, addresses });
        return { name, version, ends, linted };
      }),
    ),
  );

/** Pairs in which lint and the server disagree, with the reason. */
const disagreements: Record<string, string> = {};

describe.each([
  { file: 'files', count: 240 },
  { file: 'generated', count: 189 },
] as const)('$count $file on nine releases', ({ file, count }) => {
  const pairs = pairsOf(file);

  test('the verdict is the server’s', () => {
    const wrong = pairs.filter(({ ends, linted }) => (ends === undefined) !== (linted.verdict === 'starts'));
    expect(wrong.map(({ name, version }) => `${name} on ${version}`)).toEqual(Object.keys(disagreements));
    expect(pairs).toHaveLength(count * 9);
  });

  test('the message is the server’s', () => {
    // Of protobuf messages the server prints an excerpt of its own, with positions in it.
    const plain = pairs.filter(
      ({ ends }) => ends !== undefined && !ends.startsWith('could not parse config: :'),
    );
    expect(plain.length).toBeGreaterThan(500);
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
