/** What PostgreSQL's errors mean to the operator, by SQLSTATE and by what sockets and TLS say. */
import { type ErrorCode, Failure, failure, reasonOf, systemCode } from '../../core/errors.ts';
import { type DatabaseLocation, nameOf, serverOf } from '../location.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const bySqlState = {
  '28000': 'store/denied',
  '28P01': 'store/denied',
  '3D000': 'store/no-database',
  '42501': 'store/no-permission',
  '53300': 'store/too-many-connections',
  '25006': 'store/read-only',
} as const satisfies Record<string, ErrorCode>;

const sockets: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it closed the connection',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name cannot be looked up at the moment',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'no answer in time',
};

/** How node's TLS names what it finds wrong with a certificate. */
const certificate = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;

/** `error` of a first connection or of a change to the schema. */
export function postgresFailure(location: DatabaseLocation, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = systemCode(error) ?? '';
  const details = {
    server: serverOf(location),
    user: location.user ?? '',
    database: location.dbname ?? '',
    reason: sockets[code] ?? reasonOf(error),
  };
  if (certificate.test(code)) return failure('store/certificate', details, error);
  if (/^42/.test(code) && code !== '42501') {
    return failure('store/other-schema', { where: nameOf(location), reason: reasonOf(error) }, error);
  }
  const known = bySqlState[code as keyof typeof bySqlState];
  return failure(known ?? (isSqlState(code) ? 'store/refused' : 'store/unreachable'), details, error);
}

/** For waiting that was ended. */
export function noAnswer(cause?: unknown): Error {
  return Object.assign(new Error(sockets['ETIMEDOUT'], { cause }), { code: 'ETIMEDOUT' });
}

/** Refused before the password was looked at: the server wants another user, host or kind of connection. */
export function isNotAllowed(error: unknown): boolean {
  return systemCode(error) === '28000';
}

export function isOutOfConnections(error: unknown): boolean {
  return systemCode(error) === '53300';
}

/**
 * Is the connection gone, or the server unable to work, so that the same query may succeed later? Classes of SQLSTATE:
 * connections, no resources, ended by an administrator, and a server that has become a replica. Errors without one
 * don't come from the server.
 */
export function isOutage(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return !isSqlState(code) || /^(08|53|57P|25006$)/.test(code);
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && sockets[code] === undefined;
}
