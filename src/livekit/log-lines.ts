/** livekit-server's log, line by line, as data. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogRecord {
  level: LogLevel;
  /** In milliseconds since 1970. */
  time: number;
  /** `livekit`, `livekit.transport.pion`, … */
  logger: string;
  /** `service/server.go:292`; empty where the server doesn't say. */
  caller: string;
  message: string;
  fields: Record<string, unknown>;
}

const console =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:?\d\d))\t(DEBUG|INFO|WARN|ERROR)\t([\w.]+)\t(?:(\S+:\d+)\t)?(.*)$/;

/**
 * A line of livekit-server's log, in its console form or, with logging.json, in JSON (1.5.3 to 1.13.5); undefined
 * for anything else. The log goes to stderr; the reason of a failed start goes to stdout and is no log line (see
 * {@link ./log-patterns.ts}). An error in console form is followed by the lines of a stack trace.
 */
export function parseLogLine(line: string): LogRecord | undefined {
  return line.startsWith('{') ? fromJson(line) : fromConsole(line);
}

/** Is `line` part of a stack trace that belongs to the record before it? */
export function isStackFrame(line: string): boolean {
  return (
    /^\t\S.*:\d+(?: \+0x[0-9a-f]+)?$/.test(line) ||
    /^[\w./@-]+\.(?:\(\*?\w+\)\.)?[\w.]+(?:\(.*\))?$/.test(line)
  );
}

function fromConsole(line: string): LogRecord | undefined {
  const [, time, level, logger, caller, rest] = console.exec(line) ?? [];
  if (time === undefined || level === undefined || logger === undefined || rest === undefined)
    return undefined;
  // The fields are the last column; a message may hold a tab, and may end with one when there are none.
  const at = rest.lastIndexOf('\t{');
  const fields = at < 0 ? undefined : parseObject(rest.slice(at + 1));
  return {
    level: level.toLowerCase() as LogLevel,
    time: Date.parse(time),
    logger,
    caller: caller ?? '',
    message: (fields ? rest.slice(0, at) : rest).trimEnd(),
    fields: fields ?? {},
  };
}

function fromJson(line: string): LogRecord | undefined {
  const { level, ts, logger, caller, msg, ...fields } = parseObject(line) ?? {};
  if (typeof ts !== 'number' || typeof msg !== 'string') return undefined;
  if (level !== 'debug' && level !== 'info' && level !== 'warn' && level !== 'error') return undefined;
  return {
    level,
    time: Math.round(ts * 1000),
    logger: typeof logger === 'string' ? logger : 'livekit',
    caller: typeof caller === 'string' ? caller : '',
    message: msg,
    fields,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
