import { describe, expect, test } from 'vitest';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { commentsIn, missingFrom } from '../../src/livekit/migrate/comments.ts';
import { entries } from '../../src/livekit/migrate/edit.ts';
import { migrateLiveKit } from '../../src/livekit/migrate/index.ts';
import { parseYaml } from '../../src/livekit/yaml/index.ts';
import { recordedCorpus } from '../helpers/lint-corpus.ts';

const versions = ['1.5.3', '1.8.4', '1.9.12', '1.11.0', '1.13.5'];
// Of an empty file there is nothing to say.
const texts = [...recordedCorpus(), ...recordedCorpus('generated')].filter(({ text }) => text !== '');

/** With a comment behind every line that can have one, and above it. */
function annotate(text: string): string {
  const noted = text
    .split('\n')
    .map((line, i) => {
      const indent = line.match(/^ */)?.[0] ?? '';
      return /^ *[\w"]+:/.test(line) ? `${indent}# above ${i}\n${line} # behind ${i}` : line;
    })
    .join('\n');
  // Inside of a text over several lines it would be no comment.
  return parseYaml(noted).root === undefined ? text : noted;
}

describe.each(versions)('every file of the corpus, for %s', (to) => {
  const migrated = texts.map(({ name, text }) => {
    const source = annotate(text);
    return { name, source, ...migrateLiveKit(source, { to }) };
  });

  test('starts then, or findings say why it does not', () => {
    for (const { name, text, findings } of migrated) {
      const { message } = lintLiveKit(text, { version: to });
      const said = findings.some(({ severity }) => severity !== 'info');
      expect({ name, message: said ? undefined : message }).toEqual({ name, message: undefined });
    }
  });

  test('is left alone the second time', () => {
    for (const { name, text } of migrated) {
      expect({ name, text: migrateLiveKit(text, { to }).text }).toEqual({ name, text });
    }
  });

  test('keeps its comments, or says which went', () => {
    for (const { name, source, text, findings } of migrated) {
      const [before, after] = [parseYaml(source), parseYaml(text)];
      if (before.root === undefined || after.root === undefined) continue;
      const lost = missingFrom(commentsIn(after.text, after.root), commentsIn(before.text, before.root));
      const said = findings.filter(({ id }) => id === 'livekit/lost-comment').map(({ message }) => message);
      expect({
        name,
        lost: lost.filter(({ text }) => !said.some((message) => message.endsWith(text))),
      }).toEqual({ name, lost: [] });
    }
  });

  test('keeps what is not spoken of as it is, to the byte', () => {
    for (const { name, source, text, findings } of migrated) {
      const touched = new Set(findings.map(({ pointer = '' }) => pointer.split('/')[1]));
      // Sections that keys went to.
      for (const { message } of findings) {
        for (const [, section = ''] of message.matchAll(/(?:now|and) (\w+)\./g)) touched.add(section);
      }
      for (const { key, value } of entries(parseYaml(source).root)) {
        if (touched.has(key.value)) continue;
        expect({ name, text }).toMatchObject({
          text: expect.stringContaining(source.slice(key.offset, value.end)),
        });
      }
    }
  });
});
