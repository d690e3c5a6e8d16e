import { resolveScalar } from './resolve.ts';
import type { Mark, ScalarStyle } from './tokens.ts';

/** A value of a document, with the place where it stands. */
export interface YamlNode {
  kind: 'scalar' | 'sequence' | 'mapping' | 'alias';
  /** In short form, `!!str`; a scalar without one has the tag that its text stands for. */
  tag: string;
  /** A scalar's text, an alias's name. */
  value: string;
  style: ScalarStyle | 'block' | 'flow';
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
  /** In UTF-16 units; `end` is behind the last character. */
  offset: number;
  end: number;
  /** Items, or keys and values in turn. */
  content: YamlNode[];
  anchor?: string;
  /** What an alias stands for. */
  target?: YamlNode;
}

const standardPrefix = 'tag:yaml.org,2002:';
const shortTag = (tag: string): string =>
  tag.startsWith(standardPrefix) ? `!!${tag.slice(standardPrefix.length)}` : tag;

/** A node of `kind` at `start`; `tag` is the one written, '' for none. */
export function makeNode(
  kind: YamlNode['kind'],
  tag: string,
  value: string,
  style: YamlNode['style'],
  start: Mark,
): YamlNode {
  return {
    kind,
    tag: tag !== '' && tag !== '!' ? shortTag(tag) : defaultTag(kind, value, style),
    value,
    style,
    line: start.line + 1,
    column: start.offset - start.lineStart + 1,
    offset: start.offset,
    end: start.offset,
    content: [],
  };
}

function defaultTag(kind: YamlNode['kind'], value: string, style: YamlNode['style']): string {
  if (kind === 'mapping') return '!!map';
  if (kind === 'sequence') return '!!seq';
  if (kind === 'alias') return '';
  if (style !== 'plain') return '!!str';
  return value === '<<' ? '!!merge' : resolveScalar('', value).tag;
}

/** The tag of what a node stands for, through an alias. */
export function tagOf(node: YamlNode): string {
  return node.kind === 'alias' && node.target ? tagOf(node.target) : node.tag;
}

/** `<<`, which takes another mapping's entries in. */
export function isMerge(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === '<<' && node.tag === '!!merge';
}
