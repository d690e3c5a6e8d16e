/** The database. */
import type { Entry } from './entry.ts';

export const storeFailures = {
  'store/foreign': {
    exit: 3,
    http: 500,
    message: '{where}: this database belongs to another program, probably the Bedrud server',
    hint: 'give bedrud serve a database of its own: another file in database.path, or another database.dbname',
  },
  'store/other-schema': {
    exit: 3,
    http: 500,
    message: '{where}: its tables are not those that bedrud makes: {reason}',
    hint: 'another program made them, or a bedrud that was never released: give bedrud serve a database of its own, or go back to a backup',
  },
  'store/newer-schema': {
    exit: 3,
    http: 500,
    message: '{where}: a newer version of bedrud has changed this database (migration {migration})',
    hint: 'run that version or a later one, or go back to a backup from before',
  },
  'store/unavailable': {
    exit: 3,
    http: 503,
    message: '{path}: the database cannot be opened: {reason}',
    hint: 'check that the directory exists, that this user may write to it, and that the disk has room',
  },
  'store/unreachable': {
    exit: 3,
    http: 503,
    message: 'PostgreSQL at {server} does not answer: {reason}',
    hint: 'check database.host and database.port, that PostgreSQL runs and listens there (listen_addresses), and that no firewall is between',
  },
  'store/denied': {
    exit: 3,
    http: 500,
    message: 'PostgreSQL at {server} does not let in {user}: {reason}',
    hint: 'check database.user and database.password (DB_PASSWORD), and that pg_hba.conf lets this host in',
  },
  'store/no-database': {
    exit: 3,
    http: 500,
    message: 'PostgreSQL at {server} has no database {database}',
    hint: 'make it: createdb --owner={user} {database} (as a superuser of PostgreSQL), or correct database.dbname',
  },
  'store/no-permission': {
    exit: 3,
    http: 500,
    message: 'PostgreSQL at {server} does not let {user} make or change tables in {database}: {reason}',
    hint: 'make the user its owner, as a superuser: alter database {database} owner to {user}',
  },
  'store/too-many-connections': {
    exit: 3,
    http: 503,
    message: 'PostgreSQL at {server} has no connection to spare: {reason}',
    hint: 'lower database.maxOpenConns, so that all replicas together stay below max_connections, or raise that',
  },
  'store/read-only': {
    exit: 3,
    http: 503,
    message: 'PostgreSQL at {server} takes no changes: {reason}',
    hint: 'it is probably a replica: name the primary in database.host',
  },
  'store/tls-required': {
    exit: 3,
    http: 500,
    message: 'PostgreSQL at {server} takes connections with TLS only, and database.sslmode is {sslmode}',
    hint: 'set database.sslmode to require, or to verify-full to check its certificate too',
  },
  'store/tls-not-offered': {
    exit: 3,
    http: 500,
    message: 'PostgreSQL at {server} does not offer TLS, and database.sslmode is {sslmode}',
    hint: 'turn ssl on in postgresql.conf, or, on a network you trust, set database.sslmode to disable',
  },
  'store/certificate': {
    exit: 3,
    http: 500,
    message: 'the certificate of PostgreSQL at {server} is not accepted: {reason}',
    hint: 'name the file of its authority in PGSSLROOTCERT, and in database.host a name that the certificate has',
  },
  'store/refused': {
    exit: 3,
    http: 503,
    message: 'PostgreSQL at {server} refuses: {reason}',
    hint: 'its log says more',
  },
  'store/no-pg-dump': {
    exit: 3,
    http: 500,
    message: 'there is no pg_dump on this host, which backs up PostgreSQL',
    hint: 'install PostgreSQL client programs, or where they are, with the password in the file that PGPASSFILE names (host:port:database:user:password, mode 0600), run: {command}',
  },
  'store/dump-failed': {
    exit: 3,
    http: 500,
    message: 'pg_dump did not back up PostgreSQL at {server}: {reason}',
    hint: 'its version has to be that of the server or later; bedrud db status says whether bedrud can reach it',
  },
  'store/lost': {
    exit: 3,
    http: 503,
    message: 'the database does not answer at the moment',
    hint: 'try again; the log of the server says why',
  },
} as const satisfies Record<string, Entry>;
