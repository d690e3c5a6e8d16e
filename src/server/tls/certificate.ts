/** The server's certificate: read, checked, and read again when it is renewed. */
import { X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { failure, reasonOf } from '../../core/errors.ts';
import { readFileBytes } from '../../core/files.ts';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

/** How often the files are looked at for a renewal, in milliseconds. */
const watchInterval = 30_000;

/**
 * The certificate and key, once it is sure that they load and belong together.
 * @throws Failure `server/certificate`, and those of reading a file
 */
export async function readCertificate(files: CertificateFiles): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all([readFileBytes(files.certFile), readFileBytes(files.keyFile)]);
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  try {
    // OpenSSL checks that the key fits the certificate; parsing it says more of what is wrong with the first.
    new X509Certificate(cert);
    createSecureContext(options);
  } catch (error) {
    throw failure('server/certificate', { ...files, reason: reasonOf(error) }, error);
  }
  return options;
}

/**
 * Calls `renewed` with the new certificate each time the files change, and `failed` when what they became does
 * not load. @returns how to stop
 */
export function watchCertificate(
  files: CertificateFiles,
  renewed: (options: SecureContextOptions) => void,
  failed: (error: unknown) => void,
): () => void {
  // Polling sees through the symbolic links that renewals are deployed with.
  const changed = () => void readCertificate(files).then(renewed, failed);
  const watched = [files.certFile, files.keyFile];
  for (const file of watched) watchFile(file, { interval: watchInterval, persistent: false }, changed);
  return () => {
    for (const file of watched) unwatchFile(file, changed);
  };
}
