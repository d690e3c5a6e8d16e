/** Directives, anchors, aliases and tags. */
import {
  type Cursor,
  isBlank,
  isBreak,
  isBreakOrEnd,
  isDigit,
  isHex,
  isSpaceOrEnd,
  isWord,
} from './cursor.ts';
import type { Mark, Token } from './tokens.ts';

/** `&name` or `*name`. */
export function scanAnchor(cursor: Cursor, type: 'anchor' | 'alias'): Token {
  const start = cursor.mark();
  cursor.skip();
  const value = takeWord(cursor);
  const next = cursor.peek();
  if (value === '' || !(isSpaceOrEnd(next) || '?:,]}%@`'.includes(String.fromCharCode(next)))) {
    cursor.fail('did not find expected alphabetic or numeric character', start);
  }
  return { type, value, start, end: cursor.mark() };
}

/** `!`, `!suffix`, `!handle!suffix` or `!<uri>`. */
export function scanTag(cursor: Cursor): Token {
  const start = cursor.mark();
  let handle = '';
  let suffix: string;
  if (cursor.peek(1) === 0x3c) {
    cursor.skip();
    cursor.skip();
    suffix = takeUri(cursor, '', start);
    if (cursor.peek() !== 0x3e) cursor.fail("did not find the expected '>'", start);
    cursor.skip();
  } else {
    handle = takeHandle(cursor, false, start);
    if (handle.length > 1 && handle.endsWith('!')) {
      suffix = takeUri(cursor, '', start);
    } else {
      suffix = takeUri(cursor, handle, start);
      // `!` alone has no handle: it says that the node has no special type.
      [handle, suffix] = suffix === '' ? ['', '!'] : ['!', suffix];
    }
  }
  if (!isSpaceOrEnd(cursor.peek())) cursor.fail('did not find expected whitespace or line break', start);
  return { type: 'tag', handle, suffix, start, end: cursor.mark() };
}

/** `%YAML 1.1` or `%TAG !e! tag:example.com,2026:`. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.mark();
  cursor.skip();
  const name = takeWord(cursor);
  if (name === '') cursor.fail('could not find expected directive name', start);
  if (!isSpaceOrEnd(cursor.peek())) cursor.fail('found unexpected non-alphabetical character', start);
  let token: Token;
  if (name === 'YAML') {
    cursor.skipBlanks();
    const major = takeNumber(cursor, start);
    if (cursor.peek() !== 0x2e) cursor.fail("did not find expected digit or '.' character", start);
    cursor.skip();
    const minor = takeNumber(cursor, start);
    token = { type: 'version-directive', major, minor, start, end: cursor.mark() };
  } else if (name === 'TAG') {
    cursor.skipBlanks();
    const handle = takeHandle(cursor, true, start);
    if (!isBlank(cursor.peek())) cursor.fail('did not find expected whitespace', start);
    cursor.skipBlanks();
    const prefix = takeUri(cursor, '', start);
    if (!isSpaceOrEnd(cursor.peek())) cursor.fail('did not find expected whitespace or line break', start);
    token = { type: 'tag-directive', handle, prefix, start, end: cursor.mark() };
  } else {
    cursor.fail('found unknown directive name', start);
  }
  cursor.skipBlanks();
  if (cursor.peek() === 0x23) cursor.skipLine();
  if (!isBreakOrEnd(cursor.peek())) cursor.fail('did not find expected comment or line break', start);
  if (isBreak(cursor.peek())) cursor.takeBreak();
  return token;
}

function takeWord(cursor: Cursor): string {
  const start = cursor.offset;
  while (isWord(cursor.peek())) cursor.skip();
  return cursor.text.slice(start, cursor.offset);
}

function takeNumber(cursor: Cursor, context: Mark): number {
  const start = cursor.offset;
  while (isDigit(cursor.peek())) {
    if (cursor.offset - start === 2) cursor.fail('found extremely long version number', context);
    cursor.skip();
  }
  if (cursor.offset === start) cursor.fail('did not find expected version number', context);
  return Number(cursor.text.slice(start, cursor.offset));
}

function takeHandle(cursor: Cursor, directive: boolean, context: Mark): string {
  if (cursor.peek() !== 0x21) cursor.fail("did not find expected '!'", context);
  const handle = cursor.take() + takeWord(cursor);
  if (cursor.peek() === 0x21) return handle + cursor.take();
  if (directive && handle !== '!') cursor.fail("did not find expected '!'", context);
  return handle;
}

/** @param head what was taken for a handle and is the beginning of the URI */
function takeUri(cursor: Cursor, head: string, context: Mark): string {
  const start = cursor.offset;
  let uri = head.slice(1);
  for (;;) {
    const c = cursor.peek();
    if (c === 0x25) uri += takeEscapes(cursor, context);
    else if (isWord(c) || (c !== 0 && ";/?:@&=+$,.!~*'()[]".includes(String.fromCharCode(c))))
      uri += cursor.take();
    else break;
  }
  if (head === '' && cursor.offset === start) cursor.fail('did not find expected tag URI', context);
  return uri;
}

/** `%C3%A9`: the octets of one character. */
function takeEscapes(cursor: Cursor, context: Mark): string {
  const octets: number[] = [];
  let width = 1;
  do {
    if (cursor.peek() !== 0x25 || !isHex(cursor.peek(1)) || !isHex(cursor.peek(2))) {
      cursor.fail('did not find URI escaped octet', context);
    }
    const octet = Number.parseInt(cursor.text.slice(cursor.offset + 1, cursor.offset + 3), 16);
    if (octets.length === 0) {
      width = octet < 0x80 ? 1 : octet >> 5 === 6 ? 2 : octet >> 4 === 14 ? 3 : octet >> 3 === 30 ? 4 : 0;
      if (width === 0) cursor.fail('found an incorrect leading UTF-8 octet', context);
    } else if ((octet & 0xc0) !== 0x80) {
      cursor.fail('found an incorrect trailing UTF-8 octet', context);
    }
    octets.push(octet);
    for (let i = 0; i < 3; i += 1) cursor.skip();
  } while (octets.length < width);
  return new TextDecoder().decode(Uint8Array.from(octets));
}
