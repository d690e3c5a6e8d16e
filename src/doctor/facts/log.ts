/** A log of livekit-server, as it is, from journald or from docker, read as a stream: what in it means trouble. */
import type { Finding } from '../../core/finding.ts';
import { redact } from '../../core/redact.ts';
import { isStackFrame, parseLogLine } from '../../livekit/log-lines.ts';
import { classifyStartFailure } from '../../livekit/log-patterns.ts';
import { type FactSource, Missing } from './gather.ts';
import { troubleOf } from './log-troubles.ts';

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
const signs = /"(?:warn|error)"|\t(?:WARN|ERROR)\t|starting LiveKit server|participant without connection/;

class LogReader {
  readonly #failures = new Map<string, LogEvent>();
  readonly #troubles = new Map<string, LogEvent>();
  #line = 0;
  #ended = false;

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
    // Most lines: livekit-server's own, with nothing around them and nothing wrong.
    if (/^(?:\{|\d\S*\t)/.test(text) && !signs.test(text)) return;
    const { time, body } = unwrapped(text);
    const logged = /^[{\d]/.test(body);
    if (logged && !signs.test(body)) return;
    if (logged) {
      this.#logLine(decoded(bytes, start, end), time);
      return;
    }
    if (body === '' || isStackFrame(body)) return;
    const failure = classifyStartFailure(unwrapped(decoded(bytes, start, end)).body);
    if (failure === undefined) return;
    this.#ended = true;
    this.#count(this.#failures, failure, time);
  }

  #logLine(text: string, outer: string | undefined): void {
    const record = parseLogLine(unwrapped(text).body);
    if (record === undefined) return;
    if (record.message === 'starting LiveKit server') this.#ended = false;
    const trouble = troubleOf(record);
    if (trouble) this.#count(this.#troubles, trouble, isoTime(record.time) ?? outer);
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

function isoTime(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function decoded(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}

/** `livekit-1  | `, of docker compose. */
const composePrefix = /^[\w.-]+\s+\| /;
/** `Nov 20 12:00:00 host livekit-server[123]: ` or `2026-11-20T12:00:00+0100 host livekit-server[123]: `, of journald. */
const journaldPrefix =
  /^((?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+-]+Z?)) \S+ [\w.@-]+(?:\[\d+\])?: /;
/** `2026-11-20T12:00:00.000000000Z `, of docker logs --timestamps. */
const dockerPrefix = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) /;

/** A line without what journald, docker or compose put before it, and their time. */
function unwrapped(line: string): { time?: string; body: string } {
  let body = line.replace(/\r$/, '').replace(composePrefix, '');
  const [prefix, time] = journaldPrefix.exec(body) ?? dockerPrefix.exec(body) ?? [];
  if (prefix === undefined || time === undefined) return { body };
  body = body.slice(prefix.length);
  return { time, body };
}
