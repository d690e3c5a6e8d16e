import type { Kysely, Logger } from 'kysely';
import type { Failure } from '../core/errors.ts';
import type { Database } from './schema.ts';

/**
 * Told of each statement: its text, without values, how long it took, and what it failed with. One that found no connection
 * has the text `connect`.
 */
export type QueryWatch = (statement: { seconds: number; text: string; error?: unknown }) => void;

/** For Kysely's `log`. */
export function watched(watch: QueryWatch | undefined): { log?: Logger } {
  if (watch === undefined) return {};
  return {
    log: (event) =>
      watch({
        seconds: event.queryDurationMillis / 1000,
        text: event.query.sql,
        ...(event.level === 'error' ? { error: event.error } : {}),
      }),
  };
}

/** Does what `text` says, and tells `watch` of it. */
export function timed<T>(watch: QueryWatch | undefined, text: string, work: () => T): T {
  if (watch === undefined) return work();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const result = work();
    watch({ seconds: seconds(), text });
    return result;
  } catch (error) {
    watch({ seconds: seconds(), text, error });
    throw error;
  }
}

/** A way into one database, whichever kind it is. */
export interface Access {
  /** One connection without time limits, for looking at the schema and changing it. */
  readonly db: Kysely<Database>;
  /** Ends {@link db} and gives what serves many at once; or the same, where there is only one. */
  serving(): Promise<Kysely<Database>>;
  /** What the database's error means to the operator. */
  failureOf(error: unknown): Failure;
  /** `PostgreSQL 15.14`. */
  version(): Promise<string>;
  /** How much room it takes, in bytes. */
  size(): Promise<number>;
}
