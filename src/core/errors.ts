/**
 * Every way in which bedrud can fail, in one table: what the user reads, the exit status, and the status the
 * HTTP API answers. Codes are part of the contract: they are never reused, and docs/errors.md is made from here.
 */
import { redact } from './redact.ts';

/** Exit statuses, as docs/errors.md lists them. A signal ends the program with 128 + its number. */
export const exitStatus = { ok: 0, findings: 1, usage: 2, environment: 3, bug: 70 } as const;

interface Entry {
  exit: number;
  http: number;
  /** What happened, with `{name}` where a detail goes. */
  message: string;
  /** The next step, with the same details. */
  hint: string;
}

const table = {
  'usage/invalid': { exit: 2, http: 400, message: '{problem}', hint: '{hint}' },
  'usage/confirmation-needed': {
    exit: 2,
    http: 400,
    message: '{action} needs a confirmation, and there is no terminal to ask on',
    hint: 'add --yes to go ahead without being asked',
  },
  'input/not-found': { exit: 3, http: 500, message: '{file}: no such file', hint: 'check the path' },
  'input/unreadable': { exit: 3, http: 500, message: '{file}: cannot be read: {reason}', hint: '{hint}' },
  'input/not-a-file': {
    exit: 3,
    http: 500,
    message: '{file}: is a {kind}, not a regular file',
    hint: 'name a regular file',
  },
  'input/too-large': {
    exit: 3,
    http: 500,
    message: '{file}: larger than {limit}, which no configuration file is',
    hint: 'check that this is the file you meant',
  },
  'input/not-utf8': {
    exit: 3,
    http: 500,
    message: '{file}:{line}: not valid UTF-8 (byte {offset})',
    hint: 'save the file as UTF-8',
  },
  'config/not-found': {
    exit: 3,
    http: 500,
    message: '{file}: no such file (named by {named})',
    hint: 'check the path, or write one with: bedrud init',
  },
  'config/yaml-bomb': {
    exit: 3,
    http: 500,
    message: '{file}: its aliases expand to more than {limit} values',
    hint: 'write the values out instead of nesting aliases',
  },
  'config/secret': {
    exit: 2,
    http: 500,
    message: '{key} is a secret',
    hint: 'add --reveal to print it',
  },
  'config/invalid': {
    exit: 3,
    http: 500,
    message: 'the configuration is not valid: {problems}',
    hint: '{hint}',
  },
  'init/exists': {
    exit: 3,
    http: 500,
    message: '{file} is there already',
    hint: 'keep it, or add --force: the old one stays beside the new one',
  },
  'output/unwritable': { exit: 3, http: 500, message: '{file}: cannot be written: {reason}', hint: '{hint}' },
  'output/changed': {
    exit: 3,
    http: 500,
    message: '{file}: somebody has changed it meanwhile: nothing was written',
    hint: 'run it again, to see what is left to do',
  },
  'doctor/no-media-library': {
    exit: 3,
    http: 500,
    message: '--media makes calls with {package}, which is not installed',
    hint: 'install it beside bedrud: npm install --global {package} (or without --global in the project that has bedrud); 25 MB',
  },
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
  'room/not-found': { exit: 3, http: 404, message: 'there is no room {room}', hint: 'create it first' },
  'room/name-taken': {
    exit: 3,
    http: 409,
    message: 'a room named {room} exists already',
    hint: 'join it, or choose another name',
  },
  'room/limit-reached': {
    exit: 3,
    http: 403,
    message: 'you have {limit} active rooms, as many as this server allows',
    hint: 'close one, or ask an administrator to raise server.maxRoomsPerUser',
  },
  'room/private': {
    exit: 3,
    http: 403,
    message: 'room {room} is private',
    hint: 'ask whoever created it to let you in',
  },
  'room/full': {
    exit: 3,
    http: 403,
    message: 'the room is full: all of its {seats} seats are taken',
    hint: 'try again once somebody has left',
  },
  'room/inactive': {
    exit: 3,
    http: 410,
    message: 'room {room} is no longer active',
    hint: 'create it again',
  },
  'room/suspended': {
    exit: 3,
    http: 410,
    message: 'room {room} is suspended',
    hint: 'ask an administrator of the server',
  },
  'room/banned': {
    exit: 3,
    http: 403,
    message: 'you are banned from room {room}',
    hint: 'ask whoever created it to let you in again',
  },
  'room/not-banned': {
    exit: 3,
    http: 404,
    message: '{identity} is not banned from room {room}',
    hint: 'the list of bans says who is',
  },
  'room/not-moderator': {
    exit: 3,
    http: 404,
    message: '{identity} does not moderate room {room}',
    hint: 'promote them first',
  },
  'room/no-seat': {
    exit: 3,
    http: 403,
    message: 'you have no seat in room {room}: you are not there, and your last token for it has run out',
    hint: 'join it',
  },
  'room/wrong-state': {
    exit: 3,
    http: 409,
    message: 'room {room} is {state}',
    hint: '{hint}',
  },
  'room/guests-off': {
    exit: 3,
    http: 403,
    message: 'this server lets in nobody without an account',
    hint: 'sign in, or ask an administrator to set auth.guests',
  },
  'api/rate-limited': {
    exit: 3,
    http: 429,
    message: 'too many requests: {limit} in {window} seconds are allowed',
    hint: 'try again in {wait} seconds',
  },
  'input/bad-line': { exit: 3, http: 400, message: '{file}:{line}: {problem}', hint: '{hint}' },
  'token/malformed': {
    exit: 3,
    http: 401,
    message: 'this is no token of LiveKit: {reason}',
    hint: 'pass the whole token, eyJ… with two dots in it',
  },
  'room/unmute-refused': {
    exit: 3,
    http: 409,
    message: 'livekit-server does not unmute {identity} from afar',
    hint: 'set livekit.room.enable_remote_unmute: true and restart it (room.enable_remote_unmute in its own file), or ask them to unmute themselves',
  },
  'sfu/bad-url': {
    exit: 3,
    http: 500,
    message: '"{url}" is no address of a livekit-server',
    hint: 'write it as http://host:7880 or https://host',
  },
  'sfu/no-credentials': {
    exit: 3,
    http: 500,
    message: 'there is no LiveKit {missing} to work with',
    hint: 'set livekit.{key} in config.yaml, or {variable}',
  },
  'sfu/unreachable': { exit: 3, http: 502, message: 'livekit-server at {url}: {reason}', hint: '{hint}' },
  'sfu/denied': {
    exit: 3,
    http: 502,
    message: 'livekit-server refused to {action}: {reason}',
    hint: '{hint}',
  },
  'sfu/not-found': { exit: 3, http: 404, message: '{what}', hint: '{hint}' },
  'sfu/not-livekit': {
    exit: 3,
    http: 502,
    message: '{url} does not answer like a livekit-server: {reason}',
    hint: 'check the address, and where the proxy in front of it sends /twirp and /rtc',
  },
  'sfu/failed': {
    exit: 3,
    http: 502,
    message: 'livekit-server could not {action}: {reason}',
    hint: '{hint}',
  },
  'sfu/binary-missing': { exit: 3, http: 500, message: '{problem}', hint: '{hint}' },
  'sfu/start-failed': {
    exit: 3,
    http: 503,
    message: 'livekit-server ended while starting: {reason}',
    hint: '{hint}',
  },
  'sfu/not-ready': {
    exit: 3,
    http: 503,
    message: 'livekit-server runs but was not ready within {limit}: {answer}',
    hint: '{hint}',
  },
  'sfu/gave-up': {
    exit: 3,
    http: 503,
    message:
      'livekit-server ended {attempts} times in a row, and is not started again; the last time: {reason}',
    hint: '{hint}',
  },
  'keys/mismatch': {
    exit: 3,
    http: 500,
    message: 'livekit.apiKey is {key}, and {file} has {problem}',
    hint: 'write the same pair into both, or leave livekit.apiKey and apiSecret out: then they come from that file',
  },
  'sfu/not-embedded': {
    exit: 3,
    http: 500,
    message: '{setting}: livekit-server is run by something else, and bedrud starts none',
    hint: 'bedrud livekit probe checks the one that runs; to have bedrud run it, remove {setting}',
  },
  'install/unsupported': {
    exit: 3,
    http: 500,
    message: 'LiveKit publishes no livekit-server for {host}',
    hint: '{hint}',
  },
  'install/not-found': {
    exit: 3,
    http: 502,
    message: '{url}: there is no such file',
    hint: 'check the version against https://github.com/livekit/livekit/releases, and --base-url if you gave one',
  },
  'install/download-failed': {
    exit: 3,
    http: 502,
    message: '{url}: the download failed: {reason}',
    hint: 'run it again: it goes on where it stopped. Without a way to that host, fetch the archive elsewhere and use --archive',
  },
  'install/no-checksum': {
    exit: 3,
    http: 502,
    message: '{source} has no checksum for {file}',
    hint: 'use the checksums.txt of the same release',
  },
  'install/mismatch': {
    exit: 3,
    http: 502,
    message: '{file} has SHA-256 {actual}, and {source} says {expected}: it was not installed',
    hint: 'fetch it again; if that does not help, somebody has changed it, or the checksum is for another file',
  },
  'install/bad-archive': {
    exit: 3,
    http: 502,
    message: '{file} is no release archive of livekit-server: {reason}',
    hint: 'use livekit_VERSION_linux_ARCH.tar.gz from https://github.com/livekit/livekit/releases',
  },
  'install/busy': {
    exit: 3,
    http: 503,
    message: 'another bedrud (pid {pid}) is installing the same release',
    hint: 'wait for it to end; if it does not run, remove {file}',
  },
  'ports/in-use': {
    exit: 3,
    http: 500,
    message: 'port {port}/{protocol} is in use by {owner}',
    hint: 'set {setting} to another port, or stop what has this one',
  },
  'ports/denied': {
    exit: 3,
    http: 500,
    message: 'port {port}/{protocol} may not be bound by this user',
    hint: 'set {setting} to a port from 1024, or give this user CAP_NET_BIND_SERVICE',
  },
  'room/no-such-participant': {
    exit: 3,
    http: 404,
    message: '{identity} is not in room {room}',
    hint: 'they may have left in the meantime',
  },
  'room/no-such-track': {
    exit: 3,
    http: 404,
    message: '{identity} publishes no track {track}',
    hint: 'name a track that is published; bedrud room participants lists them',
  },
  'webhook/no-subscription': {
    exit: 3,
    http: 404,
    message: 'there is no webhook {subscription}',
    hint: 'GET /api/admin/webhooks lists those there are',
  },
  'recording/no-redis': {
    exit: 3,
    http: 503,
    message: 'LiveKit has no Redis, and without it nothing can be recorded',
    hint: 'set livekit.redis.address (redis.address in the file of an external LiveKit), and give the egress service the same Redis',
  },
  'recording/no-recorder': {
    exit: 3,
    http: 503,
    message: 'no recorder answered: LiveKit found no egress service that could take the recording',
    hint: 'start livekit/egress with the Redis and the keys of this LiveKit; one that is busy takes no more',
  },
  'recording/room-empty': {
    exit: 3,
    http: 409,
    message: 'nobody is in room {room}, so there is nothing to record',
    hint: 'start the recording once somebody has joined',
  },
  'recording/off': {
    exit: 3,
    http: 503,
    message: 'recording is off: livekit.redis.address is not set',
    hint: "recording takes a Redis and LiveKit's egress service; docs/recording.md says how",
  },
  'recording/unavailable': {
    exit: 3,
    http: 503,
    message: 'nothing can be recorded at the moment: {reason}',
    hint: 'try again once it is back; bedrud doctor looks into it',
  },
  'recording/not-allowed': {
    exit: 3,
    http: 403,
    message: 'room {room} may not be recorded',
    hint: 'its creator can allow it: recordingsAllowed in the settings of the room',
  },
  'recording/none': {
    exit: 3,
    http: 404,
    message: 'room {room} is not being recorded',
    hint: 'bedrud recording list shows what is',
  },
  'recording/not-found': {
    exit: 3,
    http: 404,
    message: 'there is no recording {recording}',
    hint: 'it may have been deleted; bedrud recording list shows those there are',
  },
  'recording/not-over': {
    exit: 3,
    http: 409,
    message: 'the recording of room {room} is not over yet',
    hint: 'stop it, and wait for its file',
  },
  'recording/no-file': {
    exit: 3,
    http: 409,
    message: 'the recording has no file: {reason}',
    hint: 'a recording has one once it is completed',
  },
  'recording/altered': {
    exit: 3,
    http: 500,
    message: 'the file of recording {recording} is not the one that was kept',
    hint: 'its SHA-256 differs: look at what else writes to the storage',
  },
  'recording/no-such-range': {
    exit: 3,
    http: 416,
    message: 'the file has {size} bytes, and not the part that was asked for',
    hint: 'ask for a part of what there is',
  },
  'recording/not-begun': {
    exit: 3,
    http: 408,
    message: 'the recording has not begun yet',
    hint: 'ask again',
  },
  'recording/not-fetched': {
    exit: 3,
    http: 502,
    message: "the recorder's file cannot be had: {reason}",
    hint: 'recorders on other hosts need a bucket (chat.uploads.s3), those on this one recording.storageDir at the same path',
  },
  'recording/not-kept': {
    exit: 3,
    http: 503,
    message: 'the file cannot be kept in {where}: {reason}',
    hint: 'check that it is there, that this user may write to it, and that there is room',
  },
  'recording/too-large': {
    exit: 3,
    http: 413,
    message: 'the file is larger than {limit} MB',
    hint: 'raise recording.maxFileSizeMB',
  },
  'recording/damaged': {
    exit: 3,
    http: 502,
    message: 'the file has {size} bytes, and LiveKit says {expected}',
    hint: 'the upload may not have been through yet',
  },
  'recording/running': {
    exit: 3,
    http: 409,
    message: 'room {room} is being recorded already',
    hint: 'stop that recording first',
  },
  'recording/limit-reached': {
    exit: 3,
    http: 403,
    message: 'the room has {limit} recordings, as many as this server allows',
    hint: 'delete one, or ask an administrator to raise recording.maxRecordingsPerRoom',
  },
  'api/unauthenticated': {
    exit: 3,
    http: 401,
    message: '{reason}',
    hint: 'send an access token of this Bedrud server: Authorization: Bearer TOKEN',
  },
  'api/forbidden': { exit: 3, http: 403, message: '{reason}', hint: 'ask somebody who may' },
  'api/invalid': { exit: 3, http: 400, message: '{problem}', hint: '{hint}' },
  'api/not-found': { exit: 3, http: 404, message: 'there is nothing at {path}', hint: 'check the path' },
  'api/method-not-allowed': {
    exit: 3,
    http: 405,
    message: '{method} is not for this path',
    hint: 'use {allow}',
  },
  'api/timeout': {
    exit: 3,
    http: 408,
    message: 'the request did not arrive in time',
    hint: 'send it again, all of it',
  },
  'api/too-large': {
    exit: 3,
    http: 413,
    message: 'the body is larger than {limit} bytes',
    hint: 'send less',
  },
  'api/headers-too-large': {
    exit: 3,
    http: 431,
    message: 'the headers of the request are too large',
    hint: 'send fewer',
  },
  'api/unsupported-media-type': {
    exit: 3,
    http: 415,
    message: 'this path does not take bodies of that Content-Type',
    hint: 'send application/json; LiveKit webhooks are application/webhook+json',
  },
  'webhook/unauthenticated': {
    exit: 3,
    http: 401,
    message: 'the webhook is not signed with the key of this server',
    hint: 'give LiveKit webhook.api_key the livekit.apiKey of bedrud, and the same secret for it',
  },
  'webhook/rate-limited': {
    exit: 3,
    http: 429,
    message: 'too many deliveries from this address were not signed with the key of this server',
    hint: 'find out what sends them; LiveKit itself is let through as soon as its key is right',
  },
  'webhook/malformed': {
    exit: 3,
    http: 400,
    message: 'the webhook is signed, but it is no webhook event',
    hint: 'check what sends it',
  },
  'server/sfu-unreachable': {
    exit: 3,
    http: 502,
    message: 'LiveKit does not answer at the moment',
    hint: 'try again in some seconds',
  },
  'server/sfu-failed': {
    exit: 3,
    http: 502,
    message: 'LiveKit did not do this',
    hint: 'try again; the log of the server says why',
  },
  'server/sfu-timeout': {
    exit: 3,
    http: 504,
    message: 'LiveKit took too long to answer',
    hint: 'try again in some seconds',
  },
  'server/draining': {
    exit: 3,
    http: 503,
    message: 'this server is about to end',
    hint: 'try again in some seconds: it may be restarting',
  },
  'server/acme': {
    exit: 3,
    http: 500,
    message: 'server.useACME: bedrud serve does not fetch certificates for {domain} itself',
    hint: 'set server.certFile and keyFile to a certificate that certbot or lego renews, or let a proxy such as Caddy end TLS and set server.enableTLS: false and behindProxy: true (bedrud generate caddy)',
  },
  'server/port-in-use': {
    exit: 3,
    http: 500,
    message: 'port {port} of {host} is in use by {owner}',
    hint: 'stop what listens there, or set server.port',
  },
  'server/port-refused': {
    exit: 3,
    http: 500,
    message: 'port {port} of {host} cannot be listened on: {reason}',
    hint: '{hint}',
  },
  'server/certificate': {
    exit: 3,
    http: 500,
    message: 'TLS cannot start with {certFile} and {keyFile}: {reason}',
    hint: 'server.certFile wants the certificate with its chain, server.keyFile the key that belongs to it, both PEM',
  },
  'emulator/refused': {
    exit: 3,
    http: 500,
    message: '{message}',
    hint: 'livekit-server {version} would print this line and end (with status 0); bedrud livekit lint says where and why',
  },
  'emulator/version': {
    exit: 2,
    http: 400,
    message: 'livekit-server {version} cannot be emulated',
    hint: 'name a release from {known}',
  },
  'emulator/port-in-use': {
    exit: 3,
    http: 500,
    message: 'port {port} on {host} is taken',
    hint: 'stop what listens there, or choose another with --port (0 takes a free one)',
  },
  'bug/unexpected': {
    exit: 70,
    http: 500,
    message: 'bedrud itself failed: {reason}',
    hint: 'this is a bug: run again with -v and report what it prints',
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof table;

/** The names between braces in a template. */
type Names<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Details<C extends ErrorCode> = Record<
  Names<(typeof table)[C]['message']> | Names<(typeof table)[C]['hint']>,
  string | number
>;

/** A failure from the table. Its message and hint hold no secret: both went through redaction. */
export class Failure extends Error {
  readonly code: ErrorCode;
  readonly exit: number;
  readonly http: number;
  readonly hint: string;

  constructor(code: ErrorCode, details: Record<string, string | number>, cause?: unknown) {
    const entry: Entry = table[code];
    super(redact(fill(entry.message, details)), cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.code = code;
    this.exit = entry.exit;
    this.http = entry.http;
    this.hint = redact(fill(entry.hint, details));
  }

  /** As `--format json` prints it and the HTTP API logs it. */
  toJSON(): { code: ErrorCode; message: string; hint: string } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/**
 * Makes the failure `code`; the caller throws it.
 * @param details a value for every `{name}` in the table's message and hint
 */
export function failure<C extends ErrorCode>(code: C, details: Details<C>, cause?: unknown): Failure {
  return new Failure(code, details, cause);
}

/** The table, for the reference page and its test. */
export function errorTable(): [ErrorCode, Entry][] {
  return Object.entries(table) as [ErrorCode, Entry][];
}

/** The `code` of a Node.js system error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an unknown thrown value says, in one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fill(template: string, details: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));
}
