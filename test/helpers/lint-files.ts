import { readFileSync } from 'node:fs';
import type { FileAccess, FileLook } from '../../src/livekit/files.ts';

const pki = (name: string) => readFileSync(new URL(`../fixtures/pki/${name}`, import.meta.url));
const keys = Buffer.from('APIkeyForTests: aSecretThatIsLongEnoughFor32Chars00\n');

const text = (content: string, mode: number): FileLook => ({ bytes: Buffer.from(content), mode });

/** What words in fixtures stand for: a certificate for meet.example.com and turn.example.com, its key, another key, keys files. */
const stand: Record<string, FileLook> = {
  CERT: { bytes: pki('cert.pem'), mode: 0o644 },
  CERT600: { bytes: pki('cert.pem'), mode: 0o600 },
  // The server doesn't look at the dates, so that any certificate stands for an expired one.
  EXPIRED: { bytes: pki('cert.pem'), mode: 0o644 },
  KEY: { bytes: pki('key.pem'), mode: 0o600 },
  OTHERKEY: { bytes: pki('other-key.pem'), mode: 0o600 },
  KEYFILE600: { bytes: keys, mode: 0o600 },
  KEYFILE640: { bytes: keys, mode: 0o640 },
  KEYFILE644: { bytes: keys, mode: 0o644 },
  BOTH: { bytes: Buffer.concat([pki('key.pem'), pki('cert.pem')]), mode: 0o644 },
  JUNK: text('junk\n', 0o644),
  EMPTY600: text('', 0o600),
  BROKEN600: text('not yaml: [\n', 0o600),
  NOSPACE600: text('a:b\n', 0o600),
  DUP600: text('a: b\na: c\n', 0o600),
  NUM600: text('a: 5\nb: true\n', 0o600),
  LIST600: text('- a\n', 0o600),
  KEYDIR: { reason: 'is a directory', mode: 0o755 },
  KEYDIR700: { reason: 'is a directory', mode: 0o700 },
};

export const fixtureFiles: FileAccess = {
  look: (path) => {
    if (path.includes('\0')) return { reason: 'invalid argument' };
    if (/^KEYFILE\d+\//.test(path)) return { reason: 'not a directory' };
    return stand[path.replace(/^\.\//, '')] ?? { reason: 'no such file or directory' };
  },
};

/** The same as texts, for tests that write them to a directory. */
export const fixtureTexts: Record<string, string> = Object.fromEntries(
  Object.entries(stand).flatMap(([name, look]) => ('bytes' in look ? [[name, look.bytes.toString()]] : [])),
);
