/** What stands around a line of livekit-server's log, by who kept it: journald, docker, Kubernetes, bedrud serve. */
import { type LogLevel, type LogRecord, parseLogLine } from '../../livekit/log-lines.ts';

export interface Unwrapped {
  /** As the keeper writes it; absent where it doesn't. */
  time?: string;
  /** The line itself. */
  body: string;
  /** Kubernetes has cut it: the next one goes on with it. */
  continues?: boolean;
}

const prefixes = {
  /** `livekit-1  | `, of docker compose logs. */
  compose: /^[\w.-]+\s+\| /,
  /** `[pod/livekit-0/livekit] `, of kubectl logs --prefix. */
  pod: /^\[pod\/[\w.-]+\/[\w.-]+\] /,
  /** `2026-11-20T12:00:00.000000000Z stderr F `, of the files under /var/log/pods. */
  kubernetes: /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) ([FP])(?:[:\w]*) /,
  /** `Nov 20 12:00:00 host livekit-server[123]: ` and what journalctl -o short-iso, short-precise and short-full make of it. */
  journald:
    /^((?:[A-Z][a-z]{2} )?(?:[A-Z][a-z]{2} [ \d]\d|\d{4}-\d\d-\d\d)[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d| [A-Z]{2,5})?) \S+ [\w.@/-]+(?:\[\d+\])?: /,
  /** `2026-11-20T12:00:00.000000000Z `, of docker logs --timestamps and kubectl logs --timestamps. */
  docker: /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /,
} as const;

/** A line without what its keeper put around it. */
export function unwrapped(line: string): Unwrapped {
  const plain = line.replace(/\r$/, '').replace(/\u001b\[[\d;]*m/g, '');
  const bare = plain.replace(prefixes.compose, '').replace(prefixes.pod, '');
  if (bare.startsWith('{')) return fromJson(bare) ?? { body: bare };
  const [cut, cutAt, part] = prefixes.kubernetes.exec(bare) ?? [];
  if (cut !== undefined && cutAt !== undefined)
    return { time: cutAt, body: bare.slice(cut.length), continues: part === 'P' };
  const [prefix, time] = prefixes.journald.exec(bare) ?? prefixes.docker.exec(bare) ?? [];
  if (prefix === undefined || time === undefined) return { body: bare };
  return { time, body: bare.slice(prefix.length) };
}

/** `{"log": "…\n", "time": "…"}` of docker's json-file driver, `{"MESSAGE": "…", "__REALTIME_TIMESTAMP": "…"}` of journalctl -o json. */
function fromJson(text: string): Unwrapped | undefined {
  if (!/"(?:log|MESSAGE)"\s*:/.test(text)) return undefined;
  const { log, time, MESSAGE, __REALTIME_TIMESTAMP: stamp } = objectIn(text) ?? {};
  if (typeof log === 'string') return { body: log.trimEnd(), ...(typeof time === 'string' ? { time } : {}) };
  // What is not UTF-8 stands there byte by byte.
  const body = Array.isArray(MESSAGE) ? Buffer.from(MESSAGE as number[]).toString() : MESSAGE;
  if (typeof body !== 'string') return undefined;
  const at = isoTime(Number(stamp) / 1000);
  return { body, ...(at === undefined ? {} : { time: at }) };
}

const levels: ReadonlySet<unknown> = new Set<LogLevel>(['debug', 'info', 'warn', 'error']);

/** A record of livekit-server's own, or one that bedrud serve has passed on from it. */
export function recordIn(body: string): LogRecord | undefined {
  return parseLogLine(body) ?? (body.startsWith('{') ? passedOn(body) : undefined);
}

/** What livekit-server printed without a time, when bedrud serve has passed it on. */
export function bareLineOf({ logger, message, fields }: LogRecord): string | undefined {
  return logger === passedOnBy && Object.keys(fields).length === 0 ? message : undefined;
}

const passedOnBy = 'bedrud serve';

/** `{"level":"warn","time":"…","source":"livekit","msg":"…"}`. */
function passedOn(text: string): LogRecord | undefined {
  const { level, time, source, msg, ...fields } = objectIn(text) ?? {};
  if (source !== 'livekit' || typeof msg !== 'string' || !levels.has(level)) return undefined;
  return {
    level: level as LogLevel,
    time: Date.parse(String(time)),
    logger: passedOnBy,
    caller: '',
    message: msg,
    fields,
  };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @param time in milliseconds since 1970 */
export function isoTime(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
