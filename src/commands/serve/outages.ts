/** What the log says of a database that goes away. */
import type { Logger } from 'pino';
import { Failure, reasonOf } from '../../core/errors.ts';

/** Is it that the database could not be reached or used, rather than that it said no? */
export function isLost(error: unknown): error is Failure {
  return error instanceof Failure && error.code === 'store/lost';
}

/**
 * Says once that the database is away, with the reason, which clients are not told, and once that it is back.
 * @returns to be told what each statement failed with, if anything
 */
export function tellOfOutages(log: Pick<Logger, 'error' | 'info'>): (error: unknown) => void {
  let away = false;
  return (error) => {
    if (isLost(error) === away) return;
    away = !away;
    if (isLost(error)) {
      log.error(
        { problem: reasonOf(error.cause) },
        'the database is away: requests are answered 503 until it is back',
      );
    } else log.info('the database is back');
  };
}
