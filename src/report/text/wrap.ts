/** The width of text that nobody reads on a terminal: lines stay whole for grep. */
export const unlimited = Number.POSITIVE_INFINITY;

/** Narrower than this, words would stand one below the other. In columns. */
const narrowest = 24;

/**
 * `text` in lines of at most `width` columns, broken between words; a word that is longer stands alone, whole, so
 * that paths and commands can be copied.
 */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(width, narrowest);
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > room) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
