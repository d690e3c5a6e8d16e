/**
 * Characters → tokens by libyaml's rules, as gopkg.in/yaml.v3 has them: a simple key is recognised when its `:` is
 * met, at most 1024 characters and one line later, and KEY and BLOCK-MAPPING-START are put in before it.
 */
import { Cursor, isBlank, isBreak, isSpaceOrEnd } from './cursor.ts';
import { scanAnchor, scanDirective, scanTag } from './properties.ts';
import { scanBlockScalar, scanPlainScalar, scanQuotedScalar } from './scalars.ts';
import type { Source } from './source.ts';
import type { Mark, Token } from './tokens.ts';

const maxKeyLength = 1024;
const maxCommentLookahead = 512;
/** Nesting that no configuration has; yaml.v3 itself stops at 10,000. */
const maxDepth = 1000;

interface SimpleKey {
  possible: boolean;
  /** It begins a line of a block mapping, so that it must turn out to be a key. */
  required: boolean;
  /** The number of the token that it begins with. */
  token: number;
  mark: Mark;
}

export class Scanner {
  readonly #cursor: Cursor;
  #queue: Token[] = [];
  /** How many tokens were taken from the queue. */
  #taken = 0;
  #flowLevel = 0;
  #indent = -1;
  #indents: number[] = [];
  #keyAllowed = true;
  /** One a flow level; index 0 is the block context. */
  #keys: SimpleKey[] = [];
  #keysByToken = new Map<number, number>();

  constructor(source: Source) {
    this.#cursor = new Cursor(source);
    const mark = this.#cursor.mark();
    this.#keys.push({ possible: false, required: false, token: 0, mark });
    this.#queue.push({ type: 'stream-start', start: mark, end: mark });
  }

  /** The next token, without taking it. @throws YamlSyntaxError */
  peek(): Token {
    this.#fill();
    return this.#queue[0] as Token;
  }

  /** Takes the token that {@link peek} returns. */
  next(): Token {
    const token = this.peek();
    this.#queue.shift();
    this.#taken += 1;
    return token;
  }

  /** yaml.v3 looks two tokens ahead (for comments), and further where the first may yet become a key. */
  #fill(): void {
    for (;;) {
      if (this.#queue.length > 2) {
        const index = this.#keysByToken.get(this.#taken);
        const key = index === undefined ? undefined : this.#keys[index];
        if (key === undefined || !this.#stillPossible(key)) return;
      }
      this.#fetch();
    }
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#toNextToken();
    this.#unroll(cursor.column);
    cursor.need(4);
    const c = cursor.peek();
    if (c === 0) {
      this.#streamEnd();
      return;
    }
    if (cursor.column === 0 && c === 0x25) {
      this.#directive();
      return;
    }
    if (cursor.atDocumentIndicator('-')) {
      this.#documentIndicator('document-start');
      return;
    }
    if (cursor.atDocumentIndicator('.')) {
      this.#documentIndicator('document-end');
      return;
    }
    this.#fetchContent(c);
    if (this.#queue.at(-1)?.type !== 'block-entry') this.#lineComment();
  }

  #fetchContent(c: number): void {
    const flow = this.#flowLevel > 0;
    const spaceNext = isSpaceOrEnd(this.#cursor.peek(1));
    switch (String.fromCharCode(c)) {
      case '[':
        this.#flowStart('flow-sequence-start');
        return;
      case '{':
        this.#flowStart('flow-mapping-start');
        return;
      case ']':
        this.#flowEnd('flow-sequence-end');
        return;
      case '}':
        this.#flowEnd('flow-mapping-end');
        return;
      case ',':
        this.#dropKey();
        this.#keyAllowed = true;
        this.#indicator('flow-entry');
        return;
      case '-':
        if (spaceNext) {
          this.#blockEntry();
          return;
        }
        break;
      case '?':
        if (flow || spaceNext) {
          this.#explicitKey();
          return;
        }
        break;
      case ':':
        if (flow || spaceNext) {
          this.#value();
          return;
        }
        break;
      case '*':
        this.#node(() => scanAnchor(this.#cursor, 'alias'));
        return;
      case '&':
        this.#node(() => scanAnchor(this.#cursor, 'anchor'));
        return;
      case '!':
        this.#node(() => scanTag(this.#cursor));
        return;
      case '|':
      case '>':
        if (flow) break;
        this.#dropKey();
        this.#keyAllowed = true;
        this.#queue.push(scanBlockScalar(this.#cursor, this.#indent, c === 0x7c));
        return;
      case "'":
      case '"':
        this.#node(() => scanQuotedScalar(this.#cursor, c === 0x27));
        return;
    }
    if (this.#startsPlain(c)) {
      this.#plain();
      return;
    }
    this.#cursor.fail('found character that cannot start any token');
  }

  #startsPlain(c: number): boolean {
    const next = this.#cursor.peek(1);
    const character = String.fromCharCode(c);
    if (character === '-') return !isBlank(next);
    if (character === '?' || character === ':') return this.#flowLevel === 0 && !isSpaceOrEnd(next);
    return !isSpaceOrEnd(c) && !'-?:,[]{}#&*!|>\'"%@`'.includes(character);
  }

  #plain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { token, brokeLine } = scanPlainScalar(this.#cursor, this.#indent, this.#flowLevel > 0);
    if (brokeLine) this.#keyAllowed = true;
    this.#queue.push(token);
  }

  /** An alias, an anchor, a tag or a quoted scalar: a key may begin with it, none may follow it. */
  #node(scan: () => Token): void {
    this.#saveKey();
    this.#keyAllowed = false;
    this.#queue.push(scan());
  }

  #toNextToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.need(1);
      // In the block context no tab may stand where a key could begin.
      while (
        cursor.peek() === 0x20 ||
        (cursor.peek() === 0x09 && (this.#flowLevel > 0 || !this.#keyAllowed))
      ) {
        cursor.skip();
      }
      if (cursor.peek() === 0x23) this.#comments();
      if (!isBreak(cursor.peek())) return;
      cursor.takeBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  /** Comment lines in a row, empty lines between them: here tabs may stand before the `#`. */
  #comments(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.skipLine();
      let ahead = 0;
      while (ahead < maxCommentLookahead && (isBlank(cursor.peek(ahead)) || isBreak(cursor.peek(ahead)))) {
        ahead += 1;
      }
      if (cursor.peek(ahead) !== 0x23) return;
      while (cursor.peek() !== 0x23) {
        if (isBreak(cursor.peek())) cursor.takeBreak();
        else cursor.skip();
      }
    }
  }

  /** A comment behind a token, on its line. */
  #lineComment(): void {
    const cursor = this.#cursor;
    let behind = cursor.offset - 1;
    while (isBlank(cursor.text.charCodeAt(behind))) behind -= 1;
    if (behind >= 0 && isBreak(cursor.text.charCodeAt(behind))) return;
    let ahead = 0;
    while (ahead < maxCommentLookahead && isBlank(cursor.peek(ahead))) ahead += 1;
    if (cursor.peek(ahead) === 0x23) cursor.skipLine();
  }

  #streamEnd(): void {
    const cursor = this.#cursor;
    if (cursor.column !== 0) {
      cursor.column = 0;
      cursor.line += 1;
    }
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    const mark = cursor.mark();
    this.#queue.push({ type: 'stream-end', start: mark, end: mark });
  }

  #directive(): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#queue.push(scanDirective(this.#cursor));
  }

  #documentIndicator(type: 'document-start' | 'document-end'): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#indicator(type, 3);
  }

  #flowStart(type: 'flow-sequence-start' | 'flow-mapping-start'): void {
    this.#saveKey();
    const mark = this.#cursor.mark();
    this.#keys.push({ possible: false, required: false, token: this.#nextNumber(), mark });
    this.#flowLevel += 1;
    if (this.#flowLevel > maxDepth) this.#cursor.fail(`exceeded max depth of ${maxDepth}`);
    this.#keyAllowed = true;
    this.#indicator(type);
  }

  #flowEnd(type: 'flow-sequence-end' | 'flow-mapping-end'): void {
    this.#dropKey();
    if (this.#flowLevel > 0) {
      this.#flowLevel -= 1;
      const key = this.#keys.pop();
      if (key) this.#keysByToken.delete(key.token);
    }
    this.#keyAllowed = false;
    this.#indicator(type);
  }

  #blockEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#cursor.fail('block sequence entries are not allowed in this context');
      this.#roll(this.#cursor.mark(), 'block-sequence-start');
    }
    this.#dropKey();
    this.#keyAllowed = true;
    this.#indicator('block-entry');
  }

  #explicitKey(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#cursor.fail('mapping keys are not allowed in this context');
      this.#roll(this.#cursor.mark(), 'block-mapping-start');
    }
    this.#dropKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#indicator('key');
  }

  #value(): void {
    const key = this.#keys.at(-1) as SimpleKey;
    if (this.#stillPossible(key)) {
      this.#queue.splice(key.token - this.#taken, 0, { type: 'key', start: key.mark, end: key.mark });
      this.#roll(key.mark, 'block-mapping-start', key.token);
      key.possible = false;
      this.#keysByToken.delete(key.token);
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) this.#cursor.fail('mapping values are not allowed in this context');
        this.#roll(this.#cursor.mark(), 'block-mapping-start');
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#indicator('value');
  }

  #indicator(
    type: Exclude<
      Token['type'],
      'scalar' | 'tag' | 'anchor' | 'alias' | 'version-directive' | 'tag-directive'
    >,
    length = 1,
  ): void {
    const start = this.#cursor.mark();
    for (let i = 0; i < length; i += 1) this.#cursor.skip();
    this.#queue.push({ type, start, end: this.#cursor.mark() });
  }

  #nextNumber(): number {
    return this.#taken + this.#queue.length;
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    const key = {
      possible: true,
      required: this.#flowLevel === 0 && this.#indent === this.#cursor.column,
      token: this.#nextNumber(),
      mark: this.#cursor.mark(),
    };
    this.#dropKey();
    this.#keys[this.#keys.length - 1] = key;
    this.#keysByToken.set(key.token, this.#keys.length - 1);
  }

  #dropKey(): void {
    const key = this.#keys.at(-1) as SimpleKey;
    if (!key.possible) return;
    if (key.required) this.#cursor.fail("could not find expected ':'", key.mark);
    key.possible = false;
    this.#keysByToken.delete(key.token);
  }

  #stillPossible(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, offset } = this.#cursor;
    if (key.mark.line >= line && key.mark.offset + maxKeyLength >= offset) return true;
    if (key.required) this.#cursor.fail("could not find expected ':'", key.mark);
    key.possible = false;
    return false;
  }

  /** Opens a block collection if `mark` is further in than the current one. */
  #roll(mark: Mark, type: 'block-sequence-start' | 'block-mapping-start', number?: number): void {
    if (this.#flowLevel > 0 || this.#indent >= mark.column) return;
    this.#indents.push(this.#indent);
    this.#indent = mark.column;
    if (this.#indents.length > maxDepth) this.#cursor.fail(`exceeded max depth of ${maxDepth}`);
    const at = number === undefined ? this.#queue.length : number - this.#taken;
    this.#queue.splice(at, 0, { type, start: mark, end: mark });
  }

  /** Closes the block collections that are further in than `column`. */
  #unroll(column: number): void {
    if (this.#flowLevel > 0) return;
    const mark = this.#cursor.mark();
    while (this.#indent > column) {
      this.#queue.push({ type: 'block-end', start: mark, end: mark });
      this.#indent = this.#indents.pop() ?? -1;
    }
  }
}
