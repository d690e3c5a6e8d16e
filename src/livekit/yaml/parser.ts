/** Tokens → the first document's nodes, by libyaml's grammar. */
import { makeNode, type YamlNode } from './node.ts';
import { Scanner } from './scanner.ts';
import type { Source } from './source.ts';
import { type Mark, type Token, YamlSyntaxError } from './tokens.ts';

type Type = Token['type'];

/** An alias to an anchor that isn't there. */
export class UnknownAnchor extends Error {
  readonly node: YamlNode;
  constructor(node: YamlNode) {
    super(`unknown anchor '${node.value}' referenced`);
    this.node = node;
  }
}

/**
 * The root of the first document; undefined where there is none. What follows the first document isn't read.
 * @throws YamlSyntaxError, UnknownAnchor, ResolveError
 */
export function parseDocument(source: Source): YamlNode | undefined {
  return new Parser(source).document();
}

class Parser {
  readonly #scanner: Scanner;
  #tags = new Map<string, string>();
  #anchors = new Map<string, YamlNode>();

  constructor(source: Source) {
    this.#scanner = new Scanner(source);
  }

  document(): YamlNode | undefined {
    this.#scanner.next();
    if (this.#is('stream-end')) return undefined;
    const explicit = this.#is('version-directive', 'tag-directive', 'document-start');
    this.#directives();
    let root: YamlNode;
    if (explicit) {
      const token = this.#scanner.peek();
      if (token.type !== 'document-start') this.#fail('did not find expected <document start>', token.start);
      this.#scanner.next();
      const ends = this.#is(
        'version-directive',
        'tag-directive',
        'document-start',
        'document-end',
        'stream-end',
      );
      root = ends ? this.#empty(this.#scanner.peek().start) : this.#node(true, false);
    } else {
      root = this.#node(true, false);
    }
    // The server reads as far as the next token to see that the document ends.
    this.#scanner.peek();
    return root;
  }

  #is(...types: Type[]): boolean {
    return types.includes(this.#scanner.peek().type);
  }

  #directives(): void {
    let versioned = false;
    for (let token = this.#scanner.peek(); ; token = this.#scanner.peek()) {
      if (token.type === 'version-directive') {
        if (versioned) this.#fail('found duplicate %YAML directive', token.start);
        if (token.major !== 1 || token.minor !== 1)
          this.#fail('found incompatible YAML document', token.start);
        versioned = true;
      } else if (token.type === 'tag-directive') {
        if (this.#tags.has(token.handle)) this.#fail('found duplicate %TAG directive', token.start);
        this.#tags.set(token.handle, token.prefix);
      } else {
        break;
      }
      this.#scanner.next();
    }
    if (!this.#tags.has('!')) this.#tags.set('!', '!');
    if (!this.#tags.has('!!')) this.#tags.set('!!', 'tag:yaml.org,2002:');
  }

  /** @param indentless a sequence may stand here at its parent's indentation */
  #node(block: boolean, indentless: boolean): YamlNode {
    let token = this.#scanner.peek();
    if (token.type === 'alias') {
      this.#scanner.next();
      const node = makeNode('alias', '', token.value, 'plain', token.start);
      node.end = token.end.offset;
      node.target = this.#anchors.get(token.value);
      if (node.target === undefined) throw new UnknownAnchor(node);
      return node;
    }
    const { start } = token;
    let anchor: string | undefined;
    let tag: string | undefined;
    for (let i = 0; i < 2; i += 1) {
      if (token.type === 'anchor' && anchor === undefined) anchor = token.value;
      else if (token.type === 'tag' && tag === undefined) tag = this.#expandTag(token, start);
      else break;
      this.#scanner.next();
      token = this.#scanner.peek();
    }
    const make = (kind: YamlNode['kind'], value: string, style: YamlNode['style']): YamlNode => {
      const node = makeNode(kind, tag ?? '', value, style, start);
      node.end = token.end.offset;
      if (anchor !== undefined) {
        node.anchor = anchor;
        this.#anchors.set(anchor, node);
      }
      return node;
    };
    if (indentless && token.type === 'block-entry')
      return this.#indentlessSequence(make('sequence', '', 'block'));
    if (token.type === 'scalar') {
      this.#scanner.next();
      return make('scalar', token.value, token.style);
    }
    if (token.type === 'flow-sequence-start') return this.#flowSequence(make('sequence', '', 'flow'));
    if (token.type === 'flow-mapping-start') return this.#flowMapping(make('mapping', '', 'flow'));
    if (block && token.type === 'block-sequence-start')
      return this.#blockSequence(make('sequence', '', 'block'));
    if (block && token.type === 'block-mapping-start')
      return this.#blockMapping(make('mapping', '', 'block'));
    if (anchor !== undefined || tag) {
      const node = make('scalar', '', 'plain');
      node.end = node.offset;
      return node;
    }
    return this.#fail('did not find expected node content', token.start, start);
  }

  #expandTag(token: Extract<Token, { type: 'tag' }>, context: Mark): string {
    if (token.handle === '') return token.suffix;
    const prefix = this.#tags.get(token.handle);
    const tag = prefix === undefined ? '' : prefix + token.suffix;
    return tag === '' ? this.#fail('found undefined tag handle', token.start, context) : tag;
  }

  #blockSequence(node: YamlNode): YamlNode {
    const { start } = this.#scanner.next();
    while (this.#is('block-entry')) {
      const { end } = this.#scanner.next();
      node.content.push(this.#is('block-entry', 'block-end') ? this.#empty(end) : this.#node(true, false));
    }
    return this.#close(node, 'block-end', "did not find expected '-' indicator", start);
  }

  #indentlessSequence(node: YamlNode): YamlNode {
    while (this.#is('block-entry')) {
      const { end } = this.#scanner.next();
      const empty = this.#is('block-entry', 'key', 'value', 'block-end');
      const item = empty ? this.#empty(end) : this.#node(true, false);
      node.content.push(item);
      node.end = item.end;
    }
    return node;
  }

  #blockMapping(node: YamlNode): YamlNode {
    const { start } = this.#scanner.next();
    while (this.#is('key')) {
      node.content.push(this.#blockHalf('key'), this.#blockHalf('value'));
    }
    return this.#close(node, 'block-end', 'did not find expected key', start);
  }

  #blockHalf(indicator: 'key' | 'value'): YamlNode {
    if (!this.#is(indicator)) return this.#empty(this.#scanner.peek().start);
    const { end } = this.#scanner.next();
    return this.#is('key', 'value', 'block-end') ? this.#empty(end) : this.#node(true, true);
  }

  #flowSequence(node: YamlNode): YamlNode {
    const { start } = this.#scanner.next();
    while (!this.#is('flow-sequence-end')) {
      if (node.content.length > 0) {
        this.#separator("did not find expected ',' or ']'", start);
        if (this.#is('flow-sequence-end')) break;
      }
      node.content.push(this.#is('key') ? this.#flowPair() : this.#node(false, false));
    }
    return this.#close(node, 'flow-sequence-end', '', start);
  }

  /** `[a: b]`: a mapping of one entry. */
  #flowPair(): YamlNode {
    const { start, end } = this.#scanner.next();
    const pair = makeNode('mapping', '', '', 'flow', start);
    let key: YamlNode;
    if (this.#is('value', 'flow-entry', 'flow-sequence-end')) {
      // libyaml drops the token it finds here; yaml.v3 inherited that.
      this.#scanner.next();
      key = this.#empty(end);
    } else {
      key = this.#node(false, false);
    }
    let value: YamlNode | undefined;
    if (this.#is('value')) {
      this.#scanner.next();
      if (!this.#is('flow-entry', 'flow-sequence-end')) value = this.#node(false, false);
    }
    pair.content.push(key, value ?? this.#empty(this.#scanner.peek().start));
    pair.end = pair.content[1]?.end ?? pair.end;
    return pair;
  }

  #flowMapping(node: YamlNode): YamlNode {
    const { start } = this.#scanner.next();
    while (!this.#is('flow-mapping-end')) {
      if (node.content.length > 0) {
        this.#separator("did not find expected ',' or '}'", start);
        if (this.#is('flow-mapping-end')) break;
      }
      node.content.push(...this.#flowEntry());
    }
    return this.#close(node, 'flow-mapping-end', '', start);
  }

  #flowEntry(): [YamlNode, YamlNode] {
    const empty = () => this.#empty(this.#scanner.peek().start);
    if (!this.#is('key')) {
      const key = this.#node(false, false);
      return [key, empty()];
    }
    this.#scanner.next();
    const key = this.#is('value', 'flow-entry', 'flow-mapping-end') ? empty() : this.#node(false, false);
    if (!this.#is('value')) return [key, empty()];
    this.#scanner.next();
    const value = this.#is('flow-entry', 'flow-mapping-end') ? empty() : this.#node(false, false);
    return [key, value];
  }

  #separator(problem: string, context: Mark): void {
    const token = this.#scanner.peek();
    if (token.type !== 'flow-entry') this.#fail(problem, token.start, context);
    this.#scanner.next();
  }

  #close(node: YamlNode, type: Type, problem: string, context: Mark): YamlNode {
    const token = this.#scanner.peek();
    if (token.type !== type) this.#fail(problem, token.start, context);
    this.#scanner.next();
    node.end = type === 'block-end' ? (node.content.at(-1)?.end ?? node.end) : token.end.offset;
    return node;
  }

  #empty(mark: Mark): YamlNode {
    return makeNode('scalar', '', '', 'plain', mark);
  }

  /** An error of the parser: the line that yaml.v3 names is one too low where it names the beginning of a construct. */
  #fail(problem: string, mark: Mark, context: Mark = mark): never {
    throw new YamlSyntaxError(problem, mark, context.line !== 0 ? context.line : mark.line);
  }
}
