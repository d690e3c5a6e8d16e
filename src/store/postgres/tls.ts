/** Whether and how a connection to PostgreSQL is secured, after libpq's sslmode. */
import { connect } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { readTextFile } from '../../core/files.ts';
import { type DatabaseLocation, usualPort } from '../location.ts';
import { noAnswer } from './failures.ts';

export type Tls = ConnectionOptions | false;

/** The certificate is not looked at: TLS against who listens, not against who pretends. */
export const unverified: Tls = { rejectUnauthorized: false };

/**
 * What `sslmode` asks for. `prefer`, also without one, depends on what the server offers, and is asked for here.
 * @throws Failure `input/…` for the file of authorities; what a connection to the server throws
 */
export async function tlsFor(location: DatabaseLocation, timeoutMs: number): Promise<Tls> {
  const { host = '', sslmode = 'prefer', rootCertificate } = location;
  // As with libpq: a socket in the file system has no need of it.
  if (host.startsWith('/')) return false;
  switch (sslmode) {
    case 'disable':
    case 'allow':
      return false;
    case 'require':
      return unverified;
    case 'verify-ca':
    case 'verify-full': {
      const ca = rootCertificate === undefined ? {} : { ca: await readTextFile(rootCertificate) };
      // Given a socket, node compares the certificate with this name, also when it is an address.
      return sslmode === 'verify-full' ? { ...ca, host } : { ...ca, checkServerIdentity: () => undefined };
    }
    default:
      return (await offersTls(location, timeoutMs)) ? unverified : false;
  }
}

/** PostgreSQL's SSLRequest: a length of 8 and a number that is no version of the protocol. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Asks the server, without logging in. @throws what the connection does, ETIMEDOUT included */
export function offersTls(
  { host = 'localhost', port = usualPort }: DatabaseLocation,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const ended = (error?: Error) => {
      socket.destroy();
      reject(error ?? Object.assign(new Error('the server hung up'), { code: 'ECONNRESET' }));
    };
    socket.setTimeout(timeoutMs, () => ended(noAnswer()));
    socket.once('error', ended);
    socket.once('close', () => ended());
    socket.once('connect', () => socket.write(sslRequest));
    socket.once('data', (answer) => {
      resolve(answer[0] === 'S'.charCodeAt(0));
      socket.destroy();
    });
  });
}
