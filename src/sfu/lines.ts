import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut: no log line is, and a stream without line ends must not fill the memory. */
const longest = 64 * 1024;

/** Hands on a stream's lines as they come; blank ones are left out. Call `end` for the last, unfinished one. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const give = (line: string) => {
    const text = line.trimEnd().slice(0, longest);
    if (text !== '') onLine(text);
  };
  return {
    push(chunk) {
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = (parts.pop() ?? '').slice(0, longest);
      for (const part of parts) give(part);
    },
    end() {
      give(rest + decoder.end());
      rest = '';
    },
  };
}
