/** Files of every make, and what nine releases of livekit-server made of each. */
import { readFileSync } from 'node:fs';

export interface Recorded {
  name: string;
  text: string;
  /** What livekit-server of each version did: it printed a line and ended, or started. */
  outcomes: { versions: string; ends?: string }[];
}

/**
 * Recorded on a host with a loopback and one interface, 10.99.0.2/24, and nothing else.
 * @param file `files` were written by hand and made from the table of keys; `generated` at random, by section
 */
export function recordedCorpus(file: 'files' | 'generated' = 'files'): Recorded[] {
  const url = new URL(`../fixtures/lint-corpus/${file}.jsonl`, import.meta.url);
  return readFileSync(url, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
