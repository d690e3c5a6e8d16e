/** The server's log: JSON lines for programs, short lines for people. Secrets are taken out of both. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { failure, reasonOf } from '../../core/errors.ts';
import { unwritableHint } from '../../core/files.ts';
import { mayHoldSecret, redact } from '../../core/redact.ts';
import type { Style } from '../../report/text/style.ts';

export interface LogOptions {
  level: string;
  /** A file to append to, instead of `stream`. */
  file: string | undefined;
  stream: DestinationStream;
  /** With it, lines for people. */
  style: Style | undefined;
}

/** How much waits for a file that can't be written at the moment, in bytes; what is more is dropped. */
const waitingLimit = 1024 * 1024;

/** @throws Failure `output/unwritable` */
export function makeLog({ level, file, stream, style }: LogOptions): Logger {
  const target = file
    ? appendTo(file, stream)
    : style
      ? { write: (line: string) => stream.write(readable(line, style)) }
      : stream;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: shown },
      hooks: { streamWrite: (line) => (mayHoldSecret(line) ? withoutSecrets(line) : line) },
    },
    target,
  );
}

/** A file that may fill its disk: that is said on `stream`, and the server goes on. */
function appendTo(file: string, stream: DestinationStream): DestinationStream {
  let written = true;
  try {
    return pino
      .destination({
        dest: file,
        append: true,
        mkdir: true,
        mode: 0o640,
        sync: true,
        maxLength: waitingLimit,
      })
      .on('write', () => {
        written = true;
      })
      .on('error', (error: unknown) => {
        if (written) stream.write(`the log cannot be written to ${file}: ${reasonOf(error)}\n`);
        written = false;
      });
  } catch (error) {
    const hint = unwritableHint(error, 'correct logger.outputPath');
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  }
}

function shown(error: unknown): unknown {
  return error instanceof Error ? { type: error.name, message: error.message, stack: error.stack } : error;
}

/** Takes them out of each text in a line. The line as a whole might lose a quote that makes it JSON. */
function withoutSecrets(line: string): string {
  const record = JSON.parse(line, (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  );
  return `${JSON.stringify(record)}\n`;
}

const hidden = new Set(['level', 'time', 'msg', 'reqId', 'trace_id', 'err']);

/** `12:00:01 info  message  key=value`. */
function readable(line: string, style: Style): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const level = String(record['level']).padEnd(5);
  const shown =
    level === 'error' || level === 'fatal'
      ? style.error(level)
      : level === 'warn '
        ? style.warning(level)
        : style.dim(level);
  const fields = Object.entries(record)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const time = String(record['time']).slice(11, 19);
  return `${style.dim(time)} ${shown} ${record['msg']}${fields === '' ? '' : `  ${style.dim(fields)}`}\n`;
}
