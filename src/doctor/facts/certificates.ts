/** The server's own certificate files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { tlsMode } from '../../config/index.ts';
import { Failure } from '../../core/errors.ts';
import { readFileBytes } from '../../core/files.ts';
import { type FactSource, Missing } from './gather.ts';

export interface ServerCertificate {
  certFile: string;
  keyFile: string;
  /** Of the certificate, absolute. */
  path: string;
  /** Why the pair can't be used. */
  problem?: string;
  certificate?: { serialNumber: string; validTo: Date; ownKey: boolean };
  now: Date;
}

export async function readServerCertificate({ question }: FactSource): Promise<ServerCertificate> {
  const mode = tlsMode(question.config.config.server);
  if (!('certFile' in mode)) throw new Missing('the server has no certificate file (TLS is off, or ACME)');
  const { certFile, keyFile } = mode;
  const known = { certFile, keyFile, path: resolve(question.cwd, certFile), now: question.now() };
  try {
    const [pem, key] = await Promise.all(
      [certFile, keyFile].map((file) => readFileBytes(resolve(question.cwd, file))),
    );
    const certificate = new X509Certificate(pem ?? '');
    return {
      ...known,
      certificate: {
        serialNumber: certificate.serialNumber,
        validTo: new Date(certificate.validTo),
        ownKey: certificate.checkPrivateKey(createPrivateKey(key ?? '')),
      },
    };
  } catch (error) {
    const why =
      error instanceof Failure
        ? error.message
        : `${certFile} and ${keyFile} are no certificate and key in PEM`;
    return { ...known, problem: why };
  }
}
