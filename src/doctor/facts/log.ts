/** A log of livekit-server, whoever kept it, read as a stream: what in it means trouble. */
import type { Finding } from '../../core/finding.ts';
import { redact } from '../../core/redact.ts';
import { isStackFrame } from '../../livekit/log-lines.ts';
import { classifyStartFailure } from '../../livekit/log-patterns.ts';
import { type FactSource, Missing } from './gather.ts';
import { troubleOf } from './log-troubles.ts';
import { bareLineOf, isoTime, recordIn, unwrapped } from './log-wrapping.ts';

export interface LogEvent {
  /** The check that looks for the same cause, or that of the log. */
  id: string;
  message: string;
  hint: string;
  count: number;
  /** The lines of the first and the last. */
  firstLine: number;
  lastLine: number;
  /** As the log writes them; absent where lines have no time. */
  firstTime?: string;
  lastTime?: string;
}

export interface Log {
  name: string;
  /** Causes of failed starts; the last of them ended the log when {@link ended} says so. */
  failures: LogEvent[];
  /** What goes wrong while it runs, by the check that looks for the same. */
  findings: Finding[];
  /** The log ends with a failure, and no start after it. */
  ended: boolean;
}

/** ` (3 times, 12:00:01 to 12:07:30)`. */
export function timesOf({ count, firstTime, lastTime }: LogEvent): string {
  const when = firstTime === lastTime ? firstTime : `${firstTime} to ${lastTime}`;
  const parts = [count > 1 ? `${count} times` : '', when ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Longer lines are cut: no cause stands that far in. In bytes. */
const lineLimit = 16 * 1024;

export async function readLog({ question }: FactSource, signal: AbortSignal): Promise<Log> {
  if (question.log === undefined) throw new Missing('no log was given (--log FILE, or - for stdin)');
  const { name, chunks } = question.log;
  return readChunks(name, chunks, signal);
}

/** @param name what findings call it */
export async function readChunks(
  name: string,
  chunks: AsyncIterable<Uint8Array | string> | Iterable<string>,
  signal: AbortSignal,
): Promise<Log> {
  const reader = new LogReader();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    rest = reader.take(
      rest.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([rest, bytes]),
    );
  }
  reader.take(Buffer.concat([rest, Buffer.from('\n')]));
  const { failures, troubles, ended } = reader.result();
  const findings = troubles.map(
    ({ id, message, hint, lastLine, ...times }): Finding => ({
      id,
      severity: 'warning',
      message: `the log says: ${message}${timesOf({ id, message, hint, lastLine, ...times })}`,
      hint,
      file: name,
      line: lastLine,
    }),
  );
  return { name, failures, findings, ended };
}

/** Cheap signs that a line may matter; nearly all lines of a log have none of them. */
const signs =
  /"(?:warn|error)\\?"|[\tt](?:WARN|ERROR)[\t\\]|starting LiveKit server|participant without connection/;

/** livekit-server's own lines, as they are, in JSON of a keeper of logs, or passed on by bedrud serve. */
const records = /^(?:\d\S*\t|\{"level":|\{.*"(?:log|MESSAGE)"\s?:\s?"(?:\\?\{|\d{4}-\d\d-\d\dT))/;

class LogReader {
  readonly #failures = new Map<string, LogEvent>();
  readonly #troubles = new Map<string, LogEvent>();
  #line = 0;
  #ended = false;
  /** The next line goes on with one that was cut. */
  #inPart = false;

  /** Reads the whole lines in `bytes`. @returns what is left of the last one */
  take(bytes: Buffer): Buffer {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#line += 1;
      this.#read(bytes, start, Math.min(end, start + lineLimit));
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    return Buffer.from(rest.length > lineLimit ? rest.subarray(0, lineLimit) : rest);
  }

  result(): { failures: LogEvent[]; troubles: LogEvent[]; ended: boolean } {
    return {
      failures: [...this.#failures.values()],
      troubles: [...this.#troubles.values()],
      ended: this.#ended,
    };
  }

  #read(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('latin1', start, end);
    // Most lines: a record, and nothing wrong.
    if (records.test(text) && !signs.test(text)) return;
    const { time, body, continues } = unwrapped(text);
    const isPart = this.#inPart;
    this.#inPart = continues ?? false;
    if (isPart) return;
    const logged = /^[{\d]/.test(body);
    if (body === '' || isStackFrame(body) || (logged && !signs.test(body))) return;
    // Only now, when it is worth it, byte by byte as it was written.
    const line = unwrapped(bytes.toString('utf8', start, end)).body;
    if (logged) this.#readRecord(line, time);
    else this.#readBareLine(line, time);
  }

  #readRecord(line: string, outer: string | undefined): void {
    const record = recordIn(line);
    if (record === undefined) return;
    if (record.message === 'starting LiveKit server') this.#ended = false;
    const time = isoTime(record.time) ?? outer;
    const trouble = troubleOf(record);
    if (trouble) this.#count(this.#troubles, trouble, time);
    const bare = trouble ? undefined : bareLineOf(record);
    if (bare !== undefined) this.#readBareLine(bare, time);
  }

  /** What livekit-server prints as it ends is no record. */
  #readBareLine(line: string, time: string | undefined): void {
    const failure = classifyStartFailure(line);
    if (failure === undefined) return;
    this.#ended = true;
    this.#count(this.#failures, failure, time);
  }

  #count(
    into: Map<string, LogEvent>,
    { id, message, hint }: Pick<LogEvent, 'id' | 'message' | 'hint'>,
    time: string | undefined,
  ): void {
    const known = into.get(`${id} ${message}`);
    if (known) {
      known.count += 1;
      known.lastLine = this.#line;
      if (time !== undefined) known.lastTime = time;
      return;
    }
    // A log of a thousand different messages is summed up by its first hundred.
    if (into.size >= 100) return;
    into.set(`${id} ${message}`, {
      id,
      message: redact(message),
      hint,
      count: 1,
      firstLine: this.#line,
      lastLine: this.#line,
      ...(time === undefined ? {} : { firstTime: time, lastTime: time }),
    });
  }
}
