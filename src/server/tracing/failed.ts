import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';

/** @param type one of few: a status, or the code or the name of an error */
export function failed(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type).setStatus({ code: SpanStatusCode.ERROR });
}

/** Never its message, which can say anything. */
export function errorType(error: unknown): string {
  const { code, name = 'Error' } = Object(error) as { code?: unknown; name?: string };
  return typeof code === 'string' ? code : name;
}
