import { distance } from 'fastest-levenshtein';

/**
 * The candidate that `word` is most likely a slip of, or undefined when none is near: a third of the
 * letters may differ (two of a short word, for swapped letters), ignoring case, `_` and `-`.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const d = distance(wanted, plain(candidate));
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}
