/** Scalars: plain, quoted, and the block scalars `|` and `>`. */
import { type Cursor, isBlank, isBreak, isBreakOrEnd, isDigit, isHex, isSpaceOrEnd } from './cursor.ts';
import type { Mark, Token } from './tokens.ts';

type Scalar = Extract<Token, { type: 'scalar' }>;

/** Line breaks between two pieces of text: one becomes a space, more lose the first; LS and PS stay. */
function fold(first: string, more: string): string {
  if (first !== '\n') return first + more;
  return more === '' ? ' ' : more;
}

/**
 * @param indent of the block collection it stands in
 * @returns brokeLine: it ended behind a line break, so that a key may follow
 */
export function scanPlainScalar(
  cursor: Cursor,
  indent: number,
  flow: boolean,
): { token: Scalar; brokeLine: boolean } {
  const start = cursor.mark();
  const rejectTab = () => {
    if (cursor.column < indent + 1) cursor.fail('found a tab character that violates indentation', start);
  };
  let end = start;
  let value = '';
  let gap = noGap;
  for (;;) {
    cursor.need(4);
    if (cursor.atDocumentIndicator() || cursor.peek() === 0x23) break;
    while (!isSpaceOrEnd(cursor.peek())) {
      const c = cursor.peek();
      if (c === 0x3a && isSpaceOrEnd(cursor.peek(1))) break;
      if (flow && ',?[]{}'.includes(String.fromCharCode(c))) break;
      value += gap.folded + cursor.take();
      gap = noGap;
      end = cursor.mark();
    }
    if (!isBlank(cursor.peek()) && !isBreak(cursor.peek())) break;
    gap = takeGap(cursor, false, rejectTab);
    if (!flow && cursor.column < indent + 1) break;
  }
  return { token: { type: 'scalar', value, style: 'plain', start, end }, brokeLine: gap.brokeLine };
}

/** Spaces and line breaks between two pieces of text. */
interface Gap {
  /** What it stands for: itself on one line; over several a space, or the breaks behind the first. */
  folded: string;
  brokeLine: boolean;
}
const noGap: Gap = { folded: '', brokeLine: false };

/**
 * @param brokeLine a line break stood before it that stands for nothing
 * @param onTab called before a tab at the beginning of a line is taken
 */
function takeGap(cursor: Cursor, brokeLine: boolean, onTab?: () => void): Gap {
  let broke = brokeLine;
  let blanks = '';
  let firstBreak = '';
  let moreBreaks = '';
  for (let c = cursor.peek(); isBlank(c) || isBreak(c); c = cursor.peek()) {
    if (isBlank(c)) {
      if (broke && c === 0x09) onTab?.();
      const blank = cursor.take();
      if (!broke) blanks += blank;
    } else if (broke) {
      moreBreaks += cursor.takeBreak();
    } else {
      firstBreak = cursor.takeBreak();
      broke = true;
    }
  }
  return { folded: broke ? fold(firstBreak, moreBreaks) : blanks, brokeLine: broke };
}

export function scanQuotedScalar(cursor: Cursor, single: boolean): Scalar {
  const quote = single ? 0x27 : 0x22;
  const start = cursor.mark();
  cursor.skip();
  let value = '';
  for (;;) {
    cursor.need(4);
    if (cursor.atDocumentIndicator()) cursor.fail('found unexpected document indicator', start);
    if (cursor.peek() === 0) cursor.fail('found unexpected end of stream', start);
    let brokeLine = false;
    while (!isSpaceOrEnd(cursor.peek())) {
      const c = cursor.peek();
      if (c === quote) {
        if (!single || cursor.peek(1) !== quote) break;
        cursor.skip();
        value += cursor.take();
      } else if (!single && c === 0x5c) {
        if (isBreak(cursor.peek(1))) {
          cursor.skip();
          cursor.takeBreak();
          brokeLine = true;
          break;
        }
        value += takeEscape(cursor, start);
      } else {
        value += cursor.take();
      }
    }
    if (cursor.peek() === quote) break;
    value += takeGap(cursor, brokeLine).folded;
  }
  cursor.skip();
  return { type: 'scalar', value, style: single ? 'single' : 'double', start, end: cursor.mark() };
}

const escapes: Record<string, string> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const hexEscapes: Record<string, number> = { x: 2, u: 4, U: 8 };

function takeEscape(cursor: Cursor, context: Mark): string {
  const letter = String.fromCharCode(cursor.peek(1));
  const length = hexEscapes[letter];
  const plain = escapes[letter];
  if (plain === undefined && length === undefined) cursor.fail('found unknown escape character', context);
  cursor.skip();
  cursor.skip();
  if (length === undefined) return plain ?? '';
  for (let i = 0; i < length; i += 1) {
    if (!isHex(cursor.peek(i))) cursor.fail('did not find expected hexdecimal number', context);
  }
  const code = Number.parseInt(cursor.text.slice(cursor.offset, cursor.offset + length), 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    cursor.fail('found invalid Unicode character escape code', context);
  }
  for (let i = 0; i < length; i += 1) cursor.skip();
  return String.fromCodePoint(code);
}

/** @param parent the indentation of the block collection it stands in, -1 for none */
export function scanBlockScalar(cursor: Cursor, parent: number, literal: boolean): Scalar {
  const start = cursor.mark();
  cursor.skip();
  const { chomping, increment } = takeHeader(cursor, start);
  cursor.skipBlanks();
  if (cursor.peek() === 0x23) cursor.skipLine();
  if (!isBreakOrEnd(cursor.peek())) cursor.fail('did not find expected comment or line break', start);
  if (isBreak(cursor.peek())) cursor.takeBreak();

  let value = '';
  let leadingBreak = '';
  let blankBefore = false;
  const first = takeIndentation(cursor, increment === 0 ? 0 : Math.max(parent, 0) + increment, parent, start);
  const { indent } = first;
  let { breaks, end } = first;
  while (cursor.column === indent && cursor.peek() !== 0) {
    const blank = isBlank(cursor.peek());
    if (!literal && leadingBreak.startsWith('\n') && !blankBefore && !blank) {
      if (breaks === '') value += ' ';
    } else {
      value += leadingBreak;
    }
    value += breaks;
    blankBefore = blank;
    const from = cursor.offset;
    cursor.skipLine();
    value += cursor.text.slice(from, cursor.offset);
    leadingBreak = isBreak(cursor.peek()) ? cursor.takeBreak() : '';
    ({ breaks, end } = takeIndentation(cursor, indent, parent, start));
  }
  if (chomping !== '-') value += leadingBreak;
  if (chomping === '+') value += breaks;
  return { type: 'scalar', value, style: literal ? 'literal' : 'folded', start, end };
}

/** `+` or `-`, and a digit that says how far the text is indented, in any order. */
function takeHeader(cursor: Cursor, context: Mark): { chomping: string; increment: number } {
  let chomping = '';
  let increment = 0;
  const takeChomping = () => {
    if (cursor.peek() === 0x2b || cursor.peek() === 0x2d) chomping = cursor.take();
  };
  const takeIncrement = () => {
    if (!isDigit(cursor.peek())) return;
    if (cursor.peek() === 0x30) cursor.fail('found an indentation indicator equal to 0', context);
    increment = Number(cursor.take());
  };
  takeChomping();
  takeIncrement();
  if (chomping === '') takeChomping();
  return { chomping, increment };
}

/** The empty lines and spaces before a line of text. @param indent 0: find it from the text */
function takeIndentation(
  cursor: Cursor,
  indent: number,
  parent: number,
  context: Mark,
): { indent: number; breaks: string; end: Mark } {
  let end = cursor.mark();
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.peek() === 0x20) cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.peek() === 0x09) {
      cursor.fail('found a tab character where an indentation space is expected', context);
    }
    if (!isBreak(cursor.peek())) break;
    breaks += cursor.takeBreak();
    end = cursor.mark();
  }
  return { indent: indent === 0 ? Math.max(deepest, parent + 1, 1) : indent, breaks, end };
}
