import Table from 'cli-table3';
import type { Style } from './style.ts';

const none = '';
const borderless = {
  top: none,
  'top-mid': none,
  'top-left': none,
  'top-right': none,
  bottom: none,
  'bottom-mid': none,
  'bottom-left': none,
  'bottom-right': none,
  left: none,
  'left-mid': none,
  mid: none,
  'mid-mid': none,
  right: none,
  'right-mid': none,
  middle: '  ',
};

/**
 * Rows in columns under a head, without borders: easy to read, and to cut and paste. Control characters are shown,
 * not obeyed: names and metadata are written by strangers.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  const table = new Table({
    head: head.map((title) => style.bold(title)),
    chars: borderless,
    // Colours are the style's business.
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => row.map(printable)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `text` on one line, its control characters as escapes, but for those that colour it. */
export function printable(text: string): string {
  return text.replace(/\u001b\[\d+m|\p{Cc}/gu, (control) =>
    control.length > 1 ? control : `\\u${(control.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
