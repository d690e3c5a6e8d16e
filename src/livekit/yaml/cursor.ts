import type { Source } from './source.ts';
import { type Mark, YamlSyntaxError } from './tokens.ts';

const [tab, lf, cr, space] = [0x09, 0x0a, 0x0d, 0x20];

export const isBlank = (c: number): boolean => c === space || c === tab;
/** CR, LF, NEL, LS, PS. */
export const isBreak = (c: number): boolean =>
  c === lf || c === cr || c === 0x85 || c === 0x2028 || c === 0x2029;
export const isBreakOrEnd = (c: number): boolean => c === 0 || isBreak(c);
export const isSpaceOrEnd = (c: number): boolean => isBlank(c) || isBreakOrEnd(c);
export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
/** Letters, digits, `_` and `-`: what names of anchors and tag handles are made of. */
export const isWord = (c: number): boolean =>
  isDigit(c) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f || c === 0x2d;
export const isHex = (c: number): boolean =>
  isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);

/** A place in a source, moved forward one character at a time. */
export class Cursor {
  readonly text: string;
  offset = 0;
  line = 0;
  column = 0;
  lineStart = 0;
  readonly #broken: Source['broken'];
  readonly #limit: number;

  constructor(source: Source) {
    this.text = source.text;
    this.#broken = source.broken;
    this.#limit = source.broken?.at ?? Number.POSITIVE_INFINITY;
  }

  mark(): Mark {
    return { offset: this.offset, line: this.line, column: this.column, lineStart: this.lineStart };
  }

  /** The code unit `ahead` places on, 0 behind the end. */
  peek(ahead = 0): number {
    return this.text.charCodeAt(this.offset + ahead) || 0;
  }

  /** @throws YamlSyntaxError when the next `count` characters can't be read */
  need(count: number): void {
    if (this.offset + count <= this.#limit || this.#broken === undefined) return;
    const { offset } = this.#broken;
    const before = this.text.slice(0, offset).split(/\r\n|[\n\r\x85\u2028\u2029]/);
    const column = before.at(-1)?.length ?? 0;
    const mark = { offset, line: before.length - 1, column, lineStart: offset - column };
    throw new YamlSyntaxError(this.#broken.problem, mark, 0);
  }

  /** Moves over one character that is no line break. */
  skip(): void {
    const c = this.peek();
    this.offset += c >= 0xd800 && c <= 0xdbff ? 2 : 1;
    this.column += 1;
    this.need(1);
  }

  /** Moves over one character and returns it. */
  take(): string {
    const start = this.offset;
    this.skip();
    return this.text.slice(start, this.offset);
  }

  /** Moves over one line break, and returns it as a value has it: LS and PS stay, the others are LF. */
  takeBreak(): string {
    const c = this.peek();
    this.offset += c === cr && this.peek(1) === lf ? 2 : 1;
    this.line += 1;
    this.column = 0;
    this.lineStart = this.offset;
    this.need(1);
    return c === 0x2028 || c === 0x2029 ? String.fromCharCode(c) : '\n';
  }

  skipBlanks(): void {
    while (isBlank(this.peek())) this.skip();
  }

  /** Moves to the end of the line. */
  skipLine(): void {
    while (!isBreakOrEnd(this.peek())) this.skip();
  }

  /** Does `---` or `...` stand alone at the beginning of this line? */
  atDocumentIndicator(indicator?: '-' | '.'): boolean {
    if (this.column !== 0) return false;
    const c = this.peek();
    if (indicator === undefined ? c !== 0x2d && c !== 0x2e : c !== indicator.charCodeAt(0)) return false;
    return this.peek(1) === c && this.peek(2) === c && isSpaceOrEnd(this.peek(3));
  }

  /** An error of the scanner: yaml.v3 names the line where the construct began, if that isn't the first. */
  fail(problem: string, context: Mark = this.mark()): never {
    const line = context.line !== 0 ? context.line : this.line;
    throw new YamlSyntaxError(problem, this.mark(), line === 0 ? 0 : line + 1);
  }
}
