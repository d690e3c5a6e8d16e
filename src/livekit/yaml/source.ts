/**
 * Bytes → characters, as the reader of gopkg.in/yaml.v3 does it: it decodes 512 bytes at a time and refuses what
 * YAML 1.1 doesn't allow, so that a bad byte counts only once parsing has come near it.
 */

/** What the scanner reads, and the offset from which it can't. */
export interface Source {
  readonly text: string;
  /** The characters from `at` on can't be read, because of the one at `offset`. */
  readonly broken?: { at: number; offset: number; problem: string };
}

const chunkSize = 512;
const forbidden = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** @param input text, or bytes in UTF-8, or in UTF-16 with a byte order mark */
export function readSource(input: string | Uint8Array): Source {
  if (typeof input === 'string') return checked(input.startsWith('\ufeff') ? input.slice(1) : input);
  if (input[0] === 0xff && input[1] === 0xfe) return checked(new TextDecoder('utf-16le').decode(input));
  if (input[0] === 0xfe && input[1] === 0xff) return checked(new TextDecoder('utf-16be').decode(input));
  try {
    return checked(new TextDecoder('utf-8', { fatal: true }).decode(input));
  } catch {
    return badUtf8(input);
  }
}

function checked(text: string): Source {
  const offset = text.search(forbidden);
  return offset < 0 ? { text } : brokenAt(text, offset, 'control characters are not allowed');
}

function badUtf8(bytes: Uint8Array): Source {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let i = start; i < bytes.length; ) {
    const { width, problem } = sequence(bytes, i);
    if (problem !== undefined) {
      const text = new TextDecoder().decode(bytes.subarray(start, i));
      const before = text.search(forbidden);
      if (before >= 0) return brokenAt(text, before, 'control characters are not allowed');
      // A character cut off by the end is waited for until it is needed.
      if (i + width > bytes.length && width > 0) {
        return { text: `${text}\ufffd`, broken: { at: text.length, offset: text.length, problem } };
      }
      return brokenAt(`${text}\ufffd`, text.length, problem);
    }
    i += width;
  }
  return { text: '' };
}

/** The length of the UTF-8 sequence at `i`, or what is wrong with it. */
function sequence(bytes: Uint8Array, i: number): { width: number; problem?: string } {
  const lead = bytes[i] ?? 0;
  const width = lead < 0x80 ? 1 : lead >> 5 === 6 ? 2 : lead >> 4 === 14 ? 3 : lead >> 3 === 30 ? 4 : 0;
  if (width === 0) return { width, problem: 'invalid leading UTF-8 octet' };
  if (i + width > bytes.length) return { width, problem: 'incomplete UTF-8 octet sequence' };
  if (width === 1) return { width };
  let value = lead & (0x7f >> width);
  for (let k = 1; k < width; k += 1) {
    const octet = bytes[i + k] ?? 0;
    if ((octet & 0xc0) !== 0x80) return { width, problem: 'invalid trailing UTF-8 octet' };
    value = (value << 6) | (octet & 0x3f);
  }
  if (value < ([0, 0, 0x80, 0x800, 0x10000][width] ?? 0))
    return { width, problem: 'invalid length of a UTF-8 sequence' };
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
    return { width, problem: 'invalid Unicode character' };
  return { width };
}

/** The whole chunk that the character at `offset` is in can't be read. */
function brokenAt(text: string, offset: number, problem: string): Source {
  const bytes = Buffer.from(text);
  const wrong = Buffer.byteLength(text.slice(0, offset));
  let chunk = 0;
  while (chunk + chunkSize <= wrong) {
    let end = chunk + chunkSize;
    while (end > chunk && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    chunk = end;
  }
  return { text, broken: { at: bytes.subarray(0, chunk).toString().length, offset, problem } };
}
