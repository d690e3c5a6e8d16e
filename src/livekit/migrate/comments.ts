/** The comments of a file: somebody's words, which must not go without being said. */
import type { YamlNode } from '../yaml/index.ts';

export interface Comment {
  offset: number;
  /** With its `#`. */
  text: string;
}

/** Every comment of `text`, whose document is `root`, in order. */
export function commentsIn(text: string, root: YamlNode): Comment[] {
  const scalars = scalarRanges(text, root);
  const comments: Comment[] = [];
  const pattern = /(?<![^ \t\r\n])#[^\r\n]*/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { index } = match;
    const around = scalars.find(({ start, end }) => start <= index && index < end);
    if (around === undefined) comments.push({ offset: index, text: match[0].trimEnd() });
    else pattern.lastIndex = around.end;
  }
  return comments;
}

/** The comments of `before` that are nowhere in `after`. */
export function missingFrom(after: readonly Comment[], before: readonly Comment[]): Comment[] {
  const left = after.map(({ text }) => text);
  return before.filter(({ text }) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function scalarRanges(text: string, node: YamlNode): { start: number; end: number }[] {
  if (node.kind !== 'scalar') return node.content.flatMap((child) => scalarRanges(text, child));
  const isBlock = node.style === 'literal' || node.style === 'folded';
  // The line of `|` may have a comment.
  const start = isBlock ? text.indexOf('\n', node.offset) : node.offset;
  return start < 0 || node.end <= start ? [] : [{ start, end: node.end }];
}
