/** A span for each statement that a request makes. */
import { type Attributes, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@opentelemetry/semantic-conventions';
import type { DatabaseLocation } from '../../store/index.ts';
import { errorType, failed } from './failed.ts';

export type Statement = {
  seconds: number;
  /** Without values, which are parameters. */
  text: string;
  error?: unknown;
};

/** @returns what is to be told of each statement, once it is over */
export function traceStatements(tracer: Tracer, location: DatabaseLocation): (statement: Statement) => void {
  const database = attributesOf(location);
  return ({ seconds, text, error }) => {
    if (trace.getActiveSpan() === undefined) return;
    const end = Date.now();
    const summary = summaryOf(text);
    const attributes = { ...database, [ATTR_DB_QUERY_TEXT]: text, [ATTR_DB_QUERY_SUMMARY]: summary };
    const startTime = end - seconds * 1000;
    const span = tracer.startSpan(summary, { kind: SpanKind.CLIENT, startTime, attributes });
    if (error !== undefined) failed(span, errorType(error));
    span.end(end);
  };
}

function attributesOf({ type, host, port, dbname }: DatabaseLocation): Attributes {
  if (type === 'sqlite') return { [ATTR_DB_SYSTEM_NAME]: 'sqlite' };
  return {
    [ATTR_DB_SYSTEM_NAME]: 'postgresql',
    [ATTR_DB_NAMESPACE]: dbname,
    [ATTR_SERVER_ADDRESS]: host,
    [ATTR_SERVER_PORT]: port,
  };
}

/** `insert rooms`: what is done, and to which table first. */
function summaryOf(text: string): string {
  const [operation = 'statement'] = text.match(/\w+/) ?? [];
  const [, table] = text.match(/\b(?:from|into|update)\s+"?(\w+)/i) ?? [];
  return table === undefined ? operation : `${operation} ${table}`;
}
