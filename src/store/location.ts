/** Where the data is. */

/** `database:` in config.yaml. Without a type the rest of the keys are about, they are not looked at. */
export interface DatabaseLocation {
  type: 'sqlite' | 'postgres';
  /** SQLite's file; `:memory:` for a database that is gone with the process. */
  path: string;
  /** A name, an address, or the folder of a UNIX socket. */
  host?: string | undefined;
  port?: number | undefined;
  user?: string | undefined;
  password?: string | undefined;
  dbname?: string | undefined;
  /** As libpq has it; without one, `prefer`. */
  sslmode?: string | undefined;
  /** A PEM file of authorities to trust instead of the system's. */
  rootCertificate?: string | undefined;
  /** The most connections at once; 0: any number. */
  maxOpenConns?: number | undefined;
  /** How many stay open while nothing is asked. */
  maxIdleConns?: number | undefined;
  /** In minutes; 0: for ever. */
  maxLifetime?: number | undefined;
}

export const usualPort = 5432;

/** How messages name it: a file, or a server and one of its databases. Never with a password. */
export function nameOf(location: DatabaseLocation): string {
  if (location.type === 'sqlite') return location.path;
  return `${serverOf(location)}/${location.dbname ?? ''}`;
}

/** `db.example.com:5432`, or the folder of the socket. */
export function serverOf({ host = 'localhost', port = usualPort }: DatabaseLocation): string {
  if (host.startsWith('/')) return `${host}:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
