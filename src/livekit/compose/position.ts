/** Where a character of a scalar's value stands in the text around it. */
import type { YamlNode } from '../yaml/index.ts';

export interface Position {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
}

/**
 * The position in `text` of character `index` of `node.value`. Exact in literal blocks and in scalars on one line;
 * in folded ones, where line breaks are no longer those of the text, the scalar's own beginning.
 */
export function positionInScalar(text: string, node: YamlNode, index: number): Position {
  const start = { line: node.line, column: node.column };
  if (node.style === 'literal') return inLiteral(text, node, index);
  const source = text.slice(node.offset, node.end);
  if (source.includes('\n')) return start;
  if (node.style === 'double') return { ...start, column: node.column + escapedLength(source, index) };
  if (node.style === 'single') {
    const quotes = node.value.slice(0, index).split("'").length - 1;
    return { ...start, column: node.column + 1 + index + quotes };
  }
  return node.style === 'plain' ? { ...start, column: node.column + index } : start;
}

function inLiteral(text: string, node: YamlNode, index: number): Position {
  const before = node.value.slice(0, index).split('\n');
  const lines = text.split('\n');
  // The block's indentation: what a line has in the text and not in the value.
  const values = node.value.split('\n');
  const filled = values.findIndex((line) => line.trim() !== '');
  const header = text.slice(0, node.offset).split('\n').length;
  const indent = filled < 0 ? 0 : (lines[header + filled] ?? '').indexOf((values[filled] ?? '').trimEnd());
  return { line: header + before.length, column: Math.max(0, indent) + (before.at(-1) ?? '').length + 1 };
}

/** How far into a double-quoted scalar, quote included, character `index` of its value is. */
function escapedLength(source: string, index: number): number {
  let at = 1;
  for (let seen = 0; seen < index && at < source.length; seen += 1) {
    const [escaped] = source.slice(at).match(/^\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|.)/i) ?? ['x'];
    at += escaped.length;
  }
  return at;
}
