import { systemCode } from '../core/errors.ts';

/** PostgreSQL's SQLSTATE. */
const uniqueViolation = '23505';

/** Was there a row of that key already? */
export function isUniqueViolation(error: unknown): boolean {
  const code = systemCode(error);
  return code === uniqueViolation || code?.startsWith('SQLITE_CONSTRAINT') === true;
}
